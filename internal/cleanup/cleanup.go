// Package cleanup closes what a function opened without losing an error.
package cleanup

import "io"

// Close closes c and returns the first error: err, or the one of closing.
func Close(err error, c io.Closer) error {
	if cerr := c.Close(); err == nil {
		return cerr
	}
	return err
}
