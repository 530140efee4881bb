// Package layertest makes layers and trees for tests and samples, from a
// listing that reads like the layer itself:
//
//	layertest.Tar(
//		layertest.Dir("app"),
//		layertest.File("app/main.py", "print()"),
//		layertest.Whiteout("etc/motd"),
//	)
package layertest

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"path"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/layers"
)

// Epoch is the modification time of entries that [MTime] does not set.
var Epoch = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)

// Entry is one line of a listing.
type Entry struct {
	tar.Header
	Content string
}

// File is a regular file, mode 0644, owned by root.
func File(name, content string) Entry {
	return Entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content)), ModTime: Epoch}, content}
}

// Script is an executable file.
func Script(name, content string) Entry { return File(name, content).Chmod(0o755) }

// Dir is a directory, mode 0755, owned by root.
func Dir(name string) Entry {
	return Entry{Header: tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755, ModTime: Epoch}}
}

// Symlink is a symbolic link with the text link.
func Symlink(name, link string) Entry {
	return Entry{Header: tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: link, Mode: 0o777, ModTime: Epoch}}
}

// Hardlink is a second name of first.
func Hardlink(name, first string) Entry {
	return Entry{Header: tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: first, Mode: 0o644, ModTime: Epoch}}
}

// Special is an entry of any tar type: a device, a fifo.
func Special(name string, flag byte) Entry {
	return Entry{Header: tar.Header{Typeflag: flag, Name: name, Mode: 0o600, ModTime: Epoch}}
}

// Whiteout hides what lower layers have under that name.
func Whiteout(name string) Entry { return File(layers.WhiteoutName(name), "") }

// Opaque hides all that lower layers have in a directory.
func Opaque(dir string) Entry { return File(path.Join(dir, ".wh..wh..opq"), "") }

// Chmod returns the entry with another mode.
func (e Entry) Chmod(mode int64) Entry { e.Mode = mode; return e }

// Chown returns the entry with another owner.
func (e Entry) Chown(uid, gid int) Entry { e.Uid, e.Gid = uid, gid; return e }

// MTime returns the entry with another modification time, in seconds after
// [Epoch].
func (e Entry) MTime(seconds int) Entry {
	e.ModTime = Epoch.Add(time.Duration(seconds) * time.Second)
	return e
}

// Xattr returns the entry with an extended attribute.
func (e Entry) Xattr(name, value string) Entry {
	e.PAXRecords = map[string]string{"SCHILY.xattr." + name: value}
	return e
}

// Tar writes the listing as an uncompressed layer. It panics on entries that a
// tar cannot hold, as listings are literals.
func Tar(entries ...Entry) []byte {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, e := range entries {
		h := e.Header
		if err := w.WriteHeader(&h); err != nil {
			panic(err)
		}
		if _, err := w.Write([]byte(e.Content)); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return buf.Bytes()
}

// All is a [layers.Capture] that keeps the content of every file.
func All(_ *layers.Entry, content io.Reader) ([]byte, error) { return io.ReadAll(content) }

// Table indexes a listing and captures the content of each file.
func Table(entries ...Entry) *layers.Table {
	t, err := layers.Index(bytes.NewReader(Tar(entries...)), All, layers.DefaultLimits())
	if err != nil {
		panic(err)
	}
	return t
}

// Tree merges listings, lowest first, as the layers first, first+1, ….
func Tree(first int, listings ...[]Entry) *layers.Tree {
	t := layers.NewTree()
	for i, l := range listings {
		if err := t.Apply(first+i, Table(l...)); err != nil {
			panic(err)
		}
	}
	return t
}

// Merge reads all layers of an image into one tree and captures the content of
// each file. It uses only package layers and the image's own reader.
func Merge(img v1.Image) (*layers.Tree, error) {
	ls, err := img.Layers()
	if err != nil {
		return nil, err
	}
	t := layers.NewTree()
	for i, l := range ls {
		if err := apply(t, i, l); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func apply(t *layers.Tree, i int, l v1.Layer) (err error) {
	rc, err := l.Compressed()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rc.Close()) }()
	plain, err := layers.Decompress(rc)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plain.Close()) }()
	table, err := layers.Index(plain, All, layers.DefaultLimits())
	if err != nil {
		return err
	}
	return t.Apply(i, table)
}
