package unpack

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Remove removes a directory with its content, including directories that a
// program made unreadable. No process may write to it any more.
func Remove(dir string) error {
	err := os.RemoveAll(dir)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	// WalkDir calls the function for a directory before reading it, and does not
	// follow symlinks.
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}
