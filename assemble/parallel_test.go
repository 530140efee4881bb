package assemble

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// A refusal ends the work and is the error; work that fails does not wait for ever
// for an answer that does not come.
func TestAskWhile(t *testing.T) {
	t.Parallel()
	refused, failed := errors.New("refused"), errors.New("failed")
	for name, c := range map[string]struct {
		ask, work func(context.Context) error
		want      error
	}{
		"all is well":          {yes, yes, nil},
		"refused at once":      {fails(refused), hangs, refused},
		"refused in the end":   {after(fails(refused)), yes, refused},
		"work fails":           {yes, fails(failed), failed},
		"both fail":            {after(fails(refused)), fails(failed), refused},
		"no answer to wait on": {hangs, fails(failed), failed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				err := askWhile(cancel, func() error { return c.ask(ctx) }, func() error { return c.work(ctx) })
				if !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
			})
		})
	}
}

func yes(context.Context) error { return nil }

func fails(err error) func(context.Context) error {
	return func(context.Context) error { return err }
}

// hangs is what never ends by itself.
func hangs(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// after does something when all else waits.
func after(f func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		synctest.Wait()
		return f(ctx)
	}
}
