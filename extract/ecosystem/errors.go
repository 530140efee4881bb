package ecosystem

// NoRuntimeError is returned for an image without the runtime of an official image.
type NoRuntimeError struct {
	Problem string // "image has no Python of an official image: …"
}

func (e *NoRuntimeError) Error() string { return e.Problem }
