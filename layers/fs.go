package layers

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"time"
)

// ErrNotCaptured is returned when a file is read whose content was not kept
// while indexing.
var ErrNotCaptured = errors.New("content was not captured while indexing")

var (
	_ fs.ReadFileFS = (*Tree)(nil)
	_ fs.ReadDirFS  = (*Tree)(nil)
	_ fs.StatFS     = (*Tree)(nil)
)

// Open opens the captured content of a file, or a directory. It follows
// symlinks.
func (t *Tree) Open(name string) (fs.File, error) {
	n, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	if n.Kind == Dir {
		entries, _ := t.ReadDir(name)
		return &openDir{info{n}, entries}, nil
	}
	data, err := t.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return &openFile{info{n}, bytes.NewReader(data)}, nil
}

// ReadFile returns the captured content of a file. It follows symlinks.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	n, err := t.find("read", name)
	if err != nil {
		return nil, err
	}
	if n.Kind != File || n.Evidence == nil && n.Size > 0 {
		return nil, &fs.PathError{Op: "read", Path: name, Err: ErrNotCaptured}
	}
	return bytes.Clone(n.Evidence), nil
}

// ReadDir lists a directory, by name.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := t.find("readdir", name)
	if err != nil {
		return nil, err
	}
	children := n.Children()
	out := make([]fs.DirEntry, len(children))
	for i, c := range children {
		out[i] = fs.FileInfoToDirEntry(info{c})
	}
	return out, nil
}

// Stat describes the file that a path leads to. It follows symlinks.
func (t *Tree) Stat(name string) (fs.FileInfo, error) {
	n, err := t.find("stat", name)
	if err != nil {
		return nil, err
	}
	return info{n}, nil
}

func (t *Tree) find(op, name string) (*Node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	n, err := t.Resolve(name)
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return n, nil
}

// info is a node seen as a file.
type info struct{ n *Node }

func (i info) Name() string {
	if i.n.parent == nil {
		return "."
	}
	return i.n.name
}
func (i info) Size() int64        { return i.n.Size }
func (i info) Mode() fs.FileMode  { return i.n.FileMode() }
func (i info) ModTime() time.Time { return time.Unix(i.n.ModTime, 0) }
func (i info) IsDir() bool        { return i.n.Kind == Dir }
func (i info) Sys() any           { return i.n }

type openFile struct {
	info
	*bytes.Reader
}

func (f *openFile) Size() int64                { return f.info.Size() }
func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

type openDir struct {
	info
	rest []fs.DirEntry
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openDir) Close() error               { return nil }
func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.Name(), Err: errors.New("is a directory")}
}

func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(d.rest) {
		if n > 0 && len(d.rest) == 0 {
			return nil, io.EOF
		}
		n = len(d.rest)
	}
	out := d.rest[:n]
	d.rest = d.rest[n:]
	return out, nil
}
