package assemble

import (
	"context"
	"errors"
	"time"
)

// gracePeriod is how long a failed run waits for the answer of a registry that it asked
// in parallel.
const gracePeriod = 2 * time.Second

// askWhile asks while work is done. A refusal ends the work, which is of no use any
// more, and is the error whatever else fails; if the work fails, ask has a grace period
// to be refused.
func askWhile(cancel context.CancelFunc, ask, work func() error) error {
	asked := make(chan error, 1)
	go func() {
		err := ask()
		if err != nil {
			cancel()
		}
		asked <- err
	}()
	err := work()
	if err != nil {
		defer time.AfterFunc(gracePeriod, cancel).Stop()
	}
	if refusal := <-asked; refusal != nil && (err == nil || !errors.Is(refusal, context.Canceled)) {
		return refusal
	}
	return err
}
