//go:build !unix

package reference

import "context"

// lockDir does nothing where directories cannot be locked.
func lockDir(context.Context, string) (unlock func() error, err error) {
	return func() error { return nil }, nil
}
