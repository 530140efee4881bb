package image

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/extract/evidence"
)

// SpoolError is a failure to write the temporary files of a run.
type SpoolError struct {
	Dir string
	Err error
}

func (e *SpoolError) Error() string {
	return fmt.Sprintf("writing temporary files in %s: %v", e.Dir, e.Err)
}
func (e *SpoolError) Unwrap() error { return e.Err }

// Full reports whether the disk is full.
func (e *SpoolError) Full() bool {
	return errors.Is(e.Err, syscall.ENOSPC) || errors.Is(e.Err, syscall.EDQUOT)
}

// Spool is a run's directory of temporary files: blobs that are read twice and
// layers that are written.
type Spool struct{ Dir string }

// NewSpool makes a spool in a directory; "" means [os.TempDir].
func NewSpool(parent string) (*Spool, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	dir, err := os.MkdirTemp(parent, "slimify-")
	if err != nil {
		return nil, &SpoolError{parent, err}
	}
	return &Spool{dir}, nil
}

// Close removes the directory with all that is in it.
func (s *Spool) Close() error { return os.RemoveAll(s.Dir) }

// Create opens a new file for writing.
func (s *Spool) Create() (*SpoolWriter, error) {
	f, err := os.CreateTemp(s.Dir, "blob-")
	if err != nil {
		return nil, &SpoolError{s.Dir, err}
	}
	return &SpoolWriter{file: f, buf: bufio.NewWriterSize(f, 256<<10), dir: s.Dir}, nil
}

// Scratch makes a temporary file that is removed when it is closed.
func (s *Spool) Scratch() (evidence.Scratch, error) {
	f, err := os.CreateTemp(s.Dir, "scratch-")
	if err != nil {
		return nil, &SpoolError{s.Dir, err}
	}
	return &scratchFile{f, s.Dir}, nil
}

type scratchFile struct {
	*os.File
	dir string
}

func (f *scratchFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	if err != nil {
		return n, &SpoolError{f.dir, err}
	}
	return n, nil
}

func (f *scratchFile) Close() error {
	return errors.Join(f.File.Close(), os.Remove(f.Name()))
}

// SpoolWriter writes a blob to the spool. Its errors are [*SpoolError]s.
type SpoolWriter struct {
	file *os.File
	buf  *bufio.Writer
	dir  string
	size int64
}

func (w *SpoolWriter) Write(p []byte) (int, error) {
	w.size += int64(len(p))
	n, err := w.buf.Write(p)
	if err != nil {
		return n, &SpoolError{w.dir, err}
	}
	return n, nil
}

// Close ends the file.
func (w *SpoolWriter) Close() error {
	if err := errors.Join(w.buf.Flush(), w.file.Close()); err != nil {
		return &SpoolError{w.dir, err}
	}
	return nil
}

// Layer returns what was written as a layer, after Close.
func (w *SpoolWriter) Layer(digest, diffID v1.Hash, mediaType types.MediaType) *SpooledLayer {
	return &SpooledLayer{path: w.file.Name(), digest: digest, size: w.size, diffID: diffID, mediaType: mediaType}
}

// SpooledLayer is a layer whose blob is on disk, or was kept in memory.
type SpooledLayer struct {
	path      string
	memory    []byte // the blob, if path is ""
	digest    v1.Hash
	size      int64
	diffID    v1.Hash
	mediaType types.MediaType
}

var _ v1.Layer = (*SpooledLayer)(nil)

// Digest implements [v1.Layer].
func (l *SpooledLayer) Digest() (v1.Hash, error) { return l.digest, nil }

// DiffID implements [v1.Layer].
func (l *SpooledLayer) DiffID() (v1.Hash, error) { return l.diffID, nil }

// Size implements [v1.Layer].
func (l *SpooledLayer) Size() (int64, error) { return l.size, nil }

// MediaType implements [v1.Layer].
func (l *SpooledLayer) MediaType() (types.MediaType, error) { return l.mediaType, nil }

// Compressed implements [v1.Layer].
func (l *SpooledLayer) Compressed() (io.ReadCloser, error) { return l.open() }

// Uncompressed implements [v1.Layer].
func (l *SpooledLayer) Uncompressed() (io.ReadCloser, error) { return Uncompressed(l.open) }

func (l *SpooledLayer) open() (io.ReadCloser, error) {
	if l.path == "" {
		return io.NopCloser(bytes.NewReader(l.memory)), nil
	}
	f, err := os.Open(l.path)
	if err != nil {
		return nil, &SpoolError{filepath.Dir(l.path), err}
	}
	return f, nil
}

// Release takes a layer's blob out of the spool: into a directory on the same file system,
// or into memory if dir is "". A layer that is not in the spool stays as it is.
func (s *Spool) Release(l *SpooledLayer, dir string) (err error) {
	if filepath.Dir(l.path) != s.Dir {
		return nil
	}
	if dir == "" {
		if l.memory, err = os.ReadFile(l.path); err != nil {
			return &SpoolError{filepath.Dir(l.path), err}
		}
		l.path = ""
		return nil
	}
	kept := filepath.Join(dir, l.digest.Hex)
	if err := os.Rename(l.path, kept); err != nil {
		return &SpoolError{dir, err}
	}
	l.path = kept
	return nil
}

// Descriptor is the layer's in a manifest.
func (l *SpooledLayer) Descriptor() v1.Descriptor {
	return v1.Descriptor{MediaType: l.mediaType, Size: l.size, Digest: l.digest}
}
