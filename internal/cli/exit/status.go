package exit

// The exit statuses of slimify. Scripts rely on them.
const (
	Done        = 0
	Failure     = 1
	Usage       = 2
	Gate        = 3
	Registry    = 4
	Refused     = 5
	Interrupted = 130
)

// Status is an exit status with its meaning.
type Status struct {
	Code    int
	Meaning string
}

// Statuses lists all exit statuses for the help and the reference.
func Statuses() []Status {
	return []Status{
		{Done, "done, or nothing to do"},
		{Failure, "unexpected failure"},
		{Usage, "wrong usage"},
		{Gate, "a gate or the verification failed, or an item is undecided under --strict; nothing was pushed"},
		{Registry, "registry or authentication"},
		{Refused, "the image cannot be slimmed"},
		{Interrupted, "interrupted"},
	}
}
