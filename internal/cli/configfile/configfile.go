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

// Name is the name of the file that Find looks for.
const Name = ".slimify.yaml"

// misnamed is the name that people use by mistake: YAML has two extensions.
const misnamed = ".slimify.yml"

// maxSize is the largest file that is read, in bytes.
const maxSize = 1 << 20

// Find looks for the file in a directory and in its parents. It returns the path of the
// first one relative to dir, or "". A misnamed file is an error, since its settings would
// be ignored silently.
func Find(dir string) (string, error) {
	for at := ""; ; at = filepath.Join(at, "..") {
		name := filepath.Join(at, Name)
		info, err := os.Lstat(filepath.Join(dir, name))
		switch {
		case err == nil && info.Mode()&fs.ModeSymlink != 0:
			// An error about the content of a file of credentials would disclose it.
			return "", &Error{
				At: Position{Path: name}, Text: "symbolic links are not followed: the file may come with a checkout and lead anywhere",
				Hint: "if you trust it, name it: --config " + name + ", or none: --config none",
			}
		case err == nil && !info.Mode().IsRegular():
			return "", &Error{At: Position{Path: name}, Text: "not a regular file"}
		case err == nil:
			return name, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", &Error{At: Position{Path: name}, Text: cause(err)}
		}
		if other := filepath.Join(at, misnamed); exists(filepath.Join(dir, other)) {
			return "", &Error{
				At: Position{Path: other}, Text: "the name is " + Name,
				Hint: "rename it, or name it: --config " + other + ", or none: --config none",
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

// Read reads a file's entries in their order. Errors in it are *Error, several of them
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
		return nil, &Error{At: Position{Path: path}, Text: fmt.Sprintf("larger than %d bytes", maxSize)}
	}
	return Parse(data, path)
}

// unreadable is the error of a file that cannot be read.
func unreadable(path string, err error) *Error {
	e := &Error{At: Position{Path: path}, Text: cause(err), Hint: "name a readable file with --config, or none: --config none"}
	if errors.Is(err, fs.ErrNotExist) {
		e.Hint = "the file does not exist: name another with --config, or none: --config none"
	}
	return e
}

// cause is an error without the path, which the message has already.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}

// Entry is a key with its value.
type Entry struct {
	Key   string
	At    Position // of the key
	Value Value
}

// Position is a position in a file. Lines and columns count from 1; 0 is unknown.
type Position struct {
	Path         string
	Line, Column int
}

func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.Path
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.Path, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.Path, p.Line, p.Column)
}

// Error is an error in a file.
type Error struct {
	At   Position
	Key  string // "" if it concerns no single key
	Text string
	Hint string // what to do; "" if Text says it
}

func (e *Error) Error() string {
	parts := []string{e.At.String()}
	if e.Key != "" {
		parts = append(parts, e.Key)
	}
	return strings.Join(append(parts, e.Text), ": ")
}

// Parse reads the entries of a document. path is for errors. An empty document is allowed.
func Parse(data []byte, path string) ([]Entry, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, &Error{At: Position{Path: path}, Text: err.Error()}
	}
	var doc, second yaml.Node
	if err := loader.Load(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, syntaxError(err, path)
	}
	if err := loader.Load(&second); err == nil {
		return nil, &Error{At: Position{path, second.Line, second.Column}, Text: "a second document starts here; only one is allowed"}
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxError(err, path)
	}
	root := Value{doc.Content[0], path}
	if root.kind() == "nothing" {
		return nil, nil
	}
	var entries []Entry
	var errs []error
	first := make(map[string]Position)
	err = root.pairs(func(key, value Value) {
		name, err := key.Text()
		if err != nil {
			errs = append(errs, err)
			return
		}
		if was, twice := first[name]; twice {
			errs = append(errs, key.errorf(name, "already set in line %d", was.Line))
			return
		}
		first[name] = key.At()
		entries = append(entries, Entry{name, key.At(), value})
	})
	if err != nil {
		return nil, root.errorf("", "expected a map, such as \"strict: true\"; found %s", root.kind())
	}
	return entries, errors.Join(errs...)
}

// syntaxError is an error of the YAML parser with its position.
func syntaxError(err error, path string) error {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		return &Error{At: Position{Path: path}, Text: err.Error()}
	}
	return &Error{At: Position{path, e.Mark.Line, e.Mark.Column}, Text: "invalid YAML: " + e.Message}
}
