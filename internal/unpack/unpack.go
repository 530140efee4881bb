// Package unpack writes the merged tree of an image into a directory of the
// host, for running programs in it. Only here do paths of an image become paths
// of the host: all of them go through an [os.Root], which refuses those that
// would leave the directory.
//
// All files belong to the user who will run the programs. Their modes are
// therefore widened: the owner gets the permissions of owner, group and others
// together, and may always write, as root could. Setuid and setgid bits, owners,
// extended attributes, devices and fifos are left out.
package unpack

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"github.com/slimify/slimify/layers"
)

// Error is a path that could not be written.
type Error struct {
	Path string // in the image
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("unpacking %q: %v", e.Path, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// ErrChanged is returned when a file's content differs from what was indexed.
var ErrChanged = errors.New("the content differs from what was indexed")

// Owner is the owner of all files; -1 keeps this process's user or group.
type Owner struct{ UID, GID int }

// Opener opens a layer's uncompressed stream by its index in the tree.
type Opener func(layer int) (io.ReadCloser, error)

// Tree writes a tree into an empty directory. It opens each layer with a file
// of the tree once and reads it from front to back. A path that could not be
// written is an [*Error]; other errors come from reading the layers.
func Tree(ctx context.Context, root *os.Root, tree *layers.Tree, owner Owner, open Opener) (err error) {
	w := &writer{root: root, owner: owner, waiting: make(map[layers.Pos][]*layers.Node), dir: root, dirName: "."}
	defer func() { err = errors.Join(err, w.leave()) }()
	if err := w.skeleton(tree); err != nil {
		return err
	}
	last := -1
	for pos := range w.waiting {
		last = max(last, pos.Layer)
	}
	for layer := 0; layer <= last; layer++ {
		if err := w.layer(ctx, layer, open); err != nil {
			return err
		}
	}
	for pos, nodes := range w.waiting {
		return fmt.Errorf("content of %q was not found in layer %d", nodes[0].Path(), pos.Layer)
	}
	return nil
}

// writer writes one tree.
type writer struct {
	root  *os.Root
	owner Owner
	// waiting holds the paths of each file whose content was not read yet.
	waiting map[layers.Pos][]*layers.Node
	// dir is the open directory of the last path. Consecutive paths mostly share
	// it, and opening each element of a path costs time.
	dir     *os.Root
	dirName string
}

// at returns the directory of a path, and the path's last element.
func (w *writer) at(name string) (*os.Root, string, error) {
	parent, base := path.Dir(name), path.Base(name)
	if parent == w.dirName {
		return w.dir, base, nil
	}
	if err := w.leave(); err != nil || parent == "." {
		return w.dir, base, err
	}
	dir, err := w.root.OpenRoot(parent)
	if err != nil {
		return nil, "", err
	}
	w.dir, w.dirName = dir, parent
	return dir, base, nil
}

// leave goes back to the root.
func (w *writer) leave() error {
	last := w.dir
	w.dir, w.dirName = w.root, "."
	if last == w.root {
		return nil
	}
	return last.Close()
}

// skeleton creates directories and symlinks and lists the files. A tree's paths
// lead only through directories, all of which are created here: no symlink from
// the image is ever followed.
func (w *writer) skeleton(tree *layers.Tree) (err error) {
	tree.Walk(func(n *layers.Node) bool {
		if err != nil {
			return false
		}
		name := n.Path()
		if n.Kind == layers.File {
			w.waiting[n.Pos] = append(w.waiting[n.Pos], n)
			return true
		}
		if err = w.special(name, n.Entry); err != nil {
			err = &Error{name, err}
		}
		return err == nil
	})
	return err
}

// special writes a directory or a symlink.
func (w *writer) special(name string, e *layers.Entry) error {
	dir, base, err := w.at(name)
	if err != nil {
		return err
	}
	switch e.Kind {
	case layers.Dir:
		if name != "." {
			if err := dir.Mkdir(base, 0o700); err != nil {
				return err
			}
		}
		if err := dir.Chmod(base, dirMode(e)); err != nil {
			return err
		}
	case layers.Symlink:
		if err := dir.Symlink(e.Link, base); err != nil {
			return err
		}
	default:
		return nil
	}
	return w.chown(dir, base)
}

// chown sets the owner of a file, which this process must be allowed to do.
func (w *writer) chown(dir *os.Root, base string) error {
	if w.owner == (Owner{-1, -1}) {
		return nil
	}
	return dir.Lchown(base, w.owner.UID, w.owner.GID)
}

// layer writes the files whose content is in one layer.
func (w *writer) layer(ctx context.Context, layer int, open Opener) (err error) {
	left := 0
	for pos := range w.waiting {
		if pos.Layer == layer {
			left++
		}
	}
	if left == 0 {
		return nil
	}
	rc, err := open(layer)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rc.Close()) }()
	return layers.Read(rc, layers.DefaultLimits(), func(i int, _ *layers.Entry, content io.Reader) error {
		if left == 0 {
			return layers.ErrStop
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		pos := layers.Pos{Layer: layer, Entry: i}
		names := w.waiting[pos]
		if names == nil {
			return nil
		}
		delete(w.waiting, pos)
		left--
		return w.file(names, content)
	})
}

// file writes a file under its first name and links the others to it.
func (w *writer) file(names []*layers.Node, content io.Reader) error {
	n, name := names[0], names[0].Path()
	dir, base, err := w.at(name)
	if err != nil {
		return &Error{name, err}
	}
	// The file must not exist: a name that the host's file system treats as
	// equal to another (case, Unicode forms) must not replace it.
	f, err := dir.OpenFile(base, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return &Error{name, err}
	}
	out := &output{f: f, name: name}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, sum), content)
	if err == nil && [sha256.Size]byte(sum.Sum(nil)) != n.Digest {
		err = ErrChanged
	}
	if cerr := out.close(fileMode(n.Entry)); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	mtime := time.Unix(n.ModTime, 0) // bytecode records its source's
	if err := errors.Join(dir.Chtimes(base, mtime, mtime), w.chown(dir, base)); err != nil {
		return &Error{name, err}
	}
	for _, other := range names[1:] {
		if err := w.root.Link(name, other.Path()); err != nil {
			return &Error{other.Path(), err}
		}
	}
	return nil
}

// output wraps errors of writing in [*Error], to distinguish them from errors
// of reading.
type output struct {
	f    *os.File
	name string
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.f.Write(p)
	if err != nil {
		err = &Error{o.name, err}
	}
	return n, err
}

func (o *output) close(mode fs.FileMode) error {
	if err := errors.Join(o.f.Chmod(mode), o.f.Close()); err != nil {
		return &Error{o.name, err}
	}
	return nil
}

// fileMode gives the owner everybody's permissions, and reading and writing.
func fileMode(e *layers.Entry) fs.FileMode {
	m := e.FileMode().Perm()
	return m | 0o600 | (m|m<<3|m<<6)&0o700
}

// dirMode gives the owner all permissions. It keeps the sticky bit: programs
// check /tmp for it.
func dirMode(e *layers.Entry) fs.FileMode {
	return e.FileMode()&(fs.ModePerm|fs.ModeSticky) | 0o700
}
