package trial

import (
	"fmt"
	"time"
)

// TimeoutError is a check that took longer than it may.
type TimeoutError struct {
	Ref   string
	After time.Duration
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("running programs of %s was not done after %v", e.Ref, e.After)
}

// NothingToRunError is an image without an interpreter to try things with.
type NothingToRunError struct{ Ref string }

func (e *NothingToRunError) Error() string {
	return fmt.Sprintf("%s has no Python on its PATH and no virtual environment: there is nothing to try", e.Ref)
}

// NoUserError is a USER that the image does not know: no runtime starts such a
// container.
type NoUserError struct{ User string }

func (e *NoUserError) Error() string {
	return fmt.Sprintf("the image runs as %q, whom its /etc/passwd and /etc/group do not know", e.User)
}
