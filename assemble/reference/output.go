package reference

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// tempPrefix begins the names of files that are being written. A run that is killed
// may leave one beside its destination.
const tempPrefix = ".slimify-"

// replaceFile writes path through a temporary file beside it, so that at any moment
// there is the old content or the new. A failure of the file system is an
// *OutputError; an error of write comes back as it is, the file untouched.
func replaceFile(path string, write func(io.Writer) error) error {
	return replaceFileMode(path, public, write)
}

// replaceFileMode is replaceFile with the mode, of which the process's umask leaves a
// part.
func replaceFileMode(path string, perm fs.FileMode, write func(io.Writer) error) (err error) {
	path, err = destination(path)
	if err != nil {
		return err
	}
	f, err := createTemp(filepath.Dir(path), perm)
	if err != nil {
		return &OutputError{Path: path, Cause: err}
	}
	done := false
	defer func() {
		if !done {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	if err := write(&outputWriter{f, path}); err != nil {
		return err
	}
	// Without it a crash soon after could leave the new name on an empty file.
	if err := f.Sync(); err != nil {
		return &OutputError{Path: path, Cause: err}
	}
	done = true
	if err := f.Close(); err != nil {
		return &OutputError{Path: path, Cause: errors.Join(err, os.Remove(f.Name()))}
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return &OutputError{Path: path, Cause: errors.Join(err, os.Remove(f.Name()))}
	}
	return nil
}

// destination follows symbolic links, which a rename would replace, and refuses
// what is no regular file: renaming over /dev/stdout would be a bad surprise.
func destination(path string) (string, error) {
	info, err := os.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		target, err := filepath.EvalSymlinks(path)
		if err != nil {
			return "", &OutputError{Path: path, Cause: err}
		}
		path = target
		info, err = os.Lstat(path)
		if err != nil {
			return "", &OutputError{Path: path, Cause: err}
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path, nil
	case err != nil:
		return "", &OutputError{Path: path, Cause: err}
	case !info.Mode().IsRegular():
		return "", &OutputError{Path: path, Cause: errors.New("it exists and is no regular file")}
	}
	return path, nil
}

// public is the mode of files that others are to read, where the umask lets them.
const public = 0o666

// createTemp is os.CreateTemp with a mode.
func createTemp(dir string, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, tempPrefix+rand.Text()), os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
}

// probeFile checks that replaceFile could write path, and leaves nothing behind.
func probeFile(path string) error {
	path, err := destination(path)
	if err != nil {
		return err
	}
	return probeDir(filepath.Dir(path), path)
}

// probeDir checks that files can be created in dir, for the sake of path.
func probeDir(dir, path string) error {
	f, err := createTemp(dir, public)
	if err != nil {
		return &OutputError{Path: path, Cause: err}
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return &OutputError{Path: path, Cause: err}
	}
	return nil
}

// probeNearest checks that files can be created in dir, or where it is missing that it
// can be made in the nearest directory above that is there.
func probeNearest(dir string) error {
	for at := dir; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		switch {
		case err == nil && !info.IsDir():
			return &OutputError{Path: at, Cause: errors.New("it exists and is no directory")}
		case err == nil:
			err := probeDir(at, dir)
			if errors.Is(err, fs.ErrNotExist) && at != filepath.Dir(at) {
				continue // another run took it back
			}
			return err
		case !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) || isSymlink(at):
			return &OutputError{Path: at, Cause: err}
		}
	}
}

func isSymlink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// created remembers what a write has made, to be undone when it fails.
type created struct{ paths []string }

// mkdir makes dir and its missing parents.
func (c *created) mkdir(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && info.IsDir() {
		return nil
	}
	if err == nil {
		return &OutputError{Path: dir, Cause: errors.New("it exists and is no directory")}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return &OutputError{Path: dir, Cause: err}
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := c.mkdir(parent); err != nil {
			return err
		}
	}
	err = os.Mkdir(dir, 0o777)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return &OutputError{Path: dir, Cause: err}
	}
	c.paths = append(c.paths, dir)
	return nil
}

// undo removes what was made, newest first. A directory that somebody else has put
// files into stays.
func (c *created) undo() error {
	var errs []error
	for i := len(c.paths) - 1; i >= 0; i-- {
		path := c.paths[i]
		info, err := os.Lstat(path)
		if err == nil && info.IsDir() {
			_ = os.Remove(path) // fails where it is not empty, as it should
			continue
		}
		if err == nil {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("removing %q: %w", path, err))
		}
	}
	return errors.Join(errs...)
}
