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

// tempPrefix begins the names of incomplete files. A killed run may leave one next
// to its destination.
const tempPrefix = ".slimify-"

// replaceFile replaces path atomically, through a temporary file next to it. A
// failure of the file system is an *OutputError; an error from write is returned
// unchanged and the file stays as it was.
func replaceFile(path string, write func(io.Writer) error) error {
	return replaceFileMode(path, public, write)
}

// replaceFileMode is replaceFile with a mode, to which the umask applies.
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
	// Without it a crash soon after the rename could leave an empty file.
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
// everything but regular files: a rename must not replace /dev/stdout.
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
		return "", &OutputError{Path: path, Cause: errors.New("it exists and is not a regular file")}
	}
	return path, nil
}

// public is the mode of files that others may read, if the umask allows it.
const public = 0o666

// createTemp is os.CreateTemp with a mode.
func createTemp(dir string, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, tempPrefix+rand.Text()), os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
}

// probeFile checks that replaceFile can write path, and leaves no file behind.
func probeFile(path string) error {
	path, err := destination(path)
	if err != nil {
		return err
	}
	return probeDir(filepath.Dir(path), path)
}

// probeDir checks that files can be created in dir; errors name path.
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

// probeNearest checks that files can be created in dir or, if it does not exist, that
// it can be created in its nearest existing parent.
func probeNearest(dir string) error {
	for at := dir; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		switch {
		case err == nil && !info.IsDir():
			return &OutputError{Path: at, Cause: errors.New("it exists and is not a directory")}
		case err == nil:
			err := probeDir(at, dir)
			if errors.Is(err, fs.ErrNotExist) && at != filepath.Dir(at) {
				continue // another run removed it
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

// created records what a write has created, to remove it on failure.
type created struct{ paths []string }

// mkdir creates dir and its missing parents.
func (c *created) mkdir(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && info.IsDir() {
		return nil
	}
	if err == nil {
		return &OutputError{Path: dir, Cause: errors.New("it exists and is not a directory")}
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

// undo removes what was created, newest first. A directory with files from others
// stays.
func (c *created) undo() error {
	var errs []error
	for i := len(c.paths) - 1; i >= 0; i-- {
		path := c.paths[i]
		info, err := os.Lstat(path)
		if err == nil && info.IsDir() {
			_ = os.Remove(path) // fails if it is not empty, as it should
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
