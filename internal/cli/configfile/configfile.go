// Package configfile reads .slimify.yaml: it finds the file, and returns its keys and values
// with their positions.
package configfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Name is that of the file which is looked for.
const Name = ".slimify.yaml"

// misnamed is how the file is called by mistake: YAML has two extensions.
const misnamed = ".slimify.yml"

// maxSize bounds the file, in bytes.
const maxSize = 1 << 20

// Find looks for the file in a directory and in those above it; the first one is
// returned, relative to dir. It is "" if there is none. A file that is misnamed is a
// fault: what it says would not be in force, and nobody would be told.
func Find(dir string) (string, error) {
	for at := ""; ; at = filepath.Join(at, "..") {
		name := filepath.Join(at, Name)
		info, err := os.Lstat(filepath.Join(dir, name))
		switch {
		case err == nil && info.Mode()&fs.ModeSymlink != 0:
			// A complaint about what a file of credentials holds would tell of it.
			return "", &Error{
				At: Place{Path: name}, Text: "it is a symbolic link, which in somebody's checkout may lead anywhere",
				Way: "if you trust it, name it: --config " + name + ", or none: --config none",
			}
		case err == nil && !info.Mode().IsRegular():
			return "", &Error{At: Place{Path: name}, Text: "it is no regular file"}
		case err == nil:
			return name, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", &Error{At: Place{Path: name}, Text: reason(err)}
		}
		if other := filepath.Join(at, misnamed); exists(filepath.Join(dir, other)) {
			return "", &Error{
				At: Place{Path: other}, Text: "only " + Name + " is looked for",
				Way: "rename it, or name it: --config " + other + ", or none: --config none",
			}
		}
		if here := filepath.Join(dir, at); filepath.Dir(here) == here {
			return "", nil
		}
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// Read reads a file's entries in their order. Faults are *Error, several of them
// joined.
func Read(path string) (_ []Entry, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	switch {
	case err != nil:
		return nil, unreadable(path, err)
	case len(data) > maxSize:
		return nil, &Error{At: Place{Path: path}, Text: fmt.Sprintf("it has more than %d bytes", maxSize)}
	}
	return Parse(data, path)
}

// unreadable is a file that cannot be read.
func unreadable(path string, err error) *Error {
	e := &Error{At: Place{Path: path}, Text: reason(err), Way: "name a file that can be read with --config, or none: --config none"}
	if errors.Is(err, fs.ErrNotExist) {
		e.Way = "the file does not exist: name another with --config, or none: --config none"
	}
	return e
}

// reason is an error without the path, which is told already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}

// Entry is a key with its value.
type Entry struct {
	Key   string
	At    Place // of the key
	Value Value
}

// Place is a place in a file. Lines and columns count from 1; 0 is unknown.
type Place struct {
	Path         string
	Line, Column int
}

func (p Place) String() string {
	switch {
	case p.Line == 0:
		return p.Path
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.Path, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.Path, p.Line, p.Column)
}

// Error is a fault of a file.
type Error struct {
	At   Place
	Key  string // "" if it is none of one key
	Text string
	Way  string // what to do, "" if the text tells it
}

func (e *Error) Error() string {
	parts := []string{e.At.String()}
	if e.Key != "" {
		parts = append(parts, e.Key)
	}
	return strings.Join(append(parts, e.Text), ": ")
}

// Parse reads the entries of a file of that path. A file without content has none.
func Parse(data []byte, path string) ([]Entry, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, &Error{At: Place{Path: path}, Text: err.Error()}
	}
	var doc, second yaml.Node
	if err := loader.Load(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, syntaxError(err, path)
	}
	if err := loader.Load(&second); err == nil {
		return nil, &Error{At: Place{path, second.Line, second.Column}, Text: "a second document begins here; write one"}
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxError(err, path)
	}
	root := Value{doc.Content[0], path}
	if root.kind() == "nothing" {
		return nil, nil
	}
	var entries []Entry
	var errs []error
	first := make(map[string]Place)
	err = root.pairs(func(key, value Value) {
		name, err := key.Text()
		if err != nil {
			errs = append(errs, err)
			return
		}
		if was, twice := first[name]; twice {
			errs = append(errs, key.errorf(name, "it stands in line %d already", was.Line))
			return
		}
		first[name] = key.At()
		entries = append(entries, Entry{name, key.At(), value})
	})
	if err != nil {
		return nil, root.errorf("", "expected keys with values, such as \"strict: true\"; found %s", root.kind())
	}
	return entries, errors.Join(errs...)
}

// syntaxError tells where a file is no YAML.
func syntaxError(err error, path string) error {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		return &Error{At: Place{Path: path}, Text: err.Error()}
	}
	return &Error{At: Place{path, e.Mark.Line, e.Mark.Column}, Text: "it is no YAML: " + e.Message}
}
