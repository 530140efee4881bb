package trial

import (
	"fmt"
	"time"

	"github.com/slimify/slimify/internal/python/parity"
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
	return fmt.Sprintf("%s has %s: there is nothing to try", e.Ref, parity.NothingToRun)
}

// NoUserError is a USER that the image does not have: no runtime starts such a container.
type NoUserError struct{ User string }

func (e *NoUserError) Error() string {
	return fmt.Sprintf("the image runs as %q, which is not in its /etc/passwd and /etc/group", e.User)
}
