//go:build !unix

package reference

import "context"

// lockDir does nothing, since directories cannot be locked here.
func lockDir(context.Context, string) (unlock func() error, err error) {
	return func() error { return nil }, nil
}
