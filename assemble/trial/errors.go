package trial

import (
	"fmt"
	"time"
)

// TimeoutError is a trial that took too long.
type TimeoutError struct {
	Ref   string
	After time.Duration
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("programs of %s did not finish within %v", e.Ref, e.After)
}

// NothingToRunError is an image without an interpreter.
type NothingToRunError struct{ Ref string }

func (e *NothingToRunError) Error() string {
	return fmt.Sprintf("%s has no Python on its PATH and no virtual environment: there is nothing to try", e.Ref)
}

// NoUserError is a USER that the image does not have: no runtime starts such a container.
type NoUserError struct{ User string }

func (e *NoUserError) Error() string {
	return fmt.Sprintf("the image runs as %q, which is not in its /etc/passwd and /etc/group", e.User)
}
