//go:build unix

package reference

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// lockPause is the wait between two attempts at a lock.
const lockPause = 50 * time.Millisecond

// lockDir waits until no other process writes to dir. It locks the open directory
// itself, so the lock leaves no file and ends with the process. If the previous holder
// of the lock removed dir meanwhile, the error is fs.ErrNotExist.
func lockDir(ctx context.Context, dir string) (unlock func() error, err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil, errors.Is(err, errors.ErrUnsupported), errors.Is(err, syscall.ENOLCK):
			// Some network file systems have no locks; they are used without
			// them.
			if err := stillAt(d, dir); err != nil {
				return nil, errors.Join(err, d.Close())
			}
			return d.Close, nil
		case !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR):
			return nil, errors.Join(err, d.Close())
		}
		select {
		case <-time.After(lockPause):
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), d.Close())
		}
	}
}

// stillAt fails if dir is no longer the open directory d.
func stillAt(d *os.File, dir string) error {
	locked, err := d.Stat()
	if err != nil {
		return err
	}
	now, err := os.Stat(dir)
	if err == nil && !os.SameFile(locked, now) {
		return fs.ErrNotExist
	}
	return err
}
