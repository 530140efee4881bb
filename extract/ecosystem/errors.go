package ecosystem

// NoRuntimeError is returned for an image without a runtime that an official slim
// image could replace.
type NoRuntimeError struct {
	Problem string // "image has no Python of an official image: …"
}

func (e *NoRuntimeError) Error() string { return e.Problem }
