package unpack

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Remove removes a directory with all that is in it, also directories that a
// program which ran in there made unreadable. Nobody may write below it any more.
func Remove(dir string) error {
	err := os.RemoveAll(dir)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	// WalkDir calls the function for a directory before it reads it, and takes a
	// symlink for what it is.
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}
