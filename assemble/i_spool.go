package assemble

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/extract"
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

// spool is a run's directory of temporary files: blobs that are read twice and
// layers that are written.
type spool struct{ dir string }

func newSpool(parent string) (*spool, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	dir, err := os.MkdirTemp(parent, "slimify-")
	if err != nil {
		return nil, &SpoolError{parent, err}
	}
	return &spool{dir}, nil
}

// Close removes the directory with all that is in it.
func (s *spool) Close() error { return os.RemoveAll(s.dir) }

// create opens a new file for writing.
func (s *spool) create() (*spoolWriter, error) {
	f, err := os.CreateTemp(s.dir, "blob-")
	if err != nil {
		return nil, &SpoolError{s.dir, err}
	}
	return &spoolWriter{file: f, buf: bufio.NewWriterSize(f, 256<<10), dir: s.dir}, nil
}

// scratch makes a temporary file that is removed when it is closed.
func (s *spool) scratch() (extract.Scratch, error) {
	f, err := os.CreateTemp(s.dir, "scratch-")
	if err != nil {
		return nil, &SpoolError{s.dir, err}
	}
	return &scratchFile{f, s.dir}, nil
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

// spoolWriter writes a blob to the spool. Its faults are [*SpoolError]s.
type spoolWriter struct {
	file *os.File
	buf  *bufio.Writer
	dir  string
	size int64
}

func (w *spoolWriter) Write(p []byte) (int, error) {
	w.size += int64(len(p))
	n, err := w.buf.Write(p)
	if err != nil {
		return n, &SpoolError{w.dir, err}
	}
	return n, nil
}

// Close ends the file.
func (w *spoolWriter) Close() error {
	if err := errors.Join(w.buf.Flush(), w.file.Close()); err != nil {
		return &SpoolError{w.dir, err}
	}
	return nil
}

// blob returns what was written, whose digest the caller knows, after Close.
func (w *spoolWriter) blob(digest v1.Hash) spooled {
	return spooled{path: w.file.Name(), digest: digest, size: w.size}
}

// spooled is a blob on disk.
type spooled struct {
	path   string
	digest v1.Hash
	size   int64
}

func (b spooled) open() (io.ReadCloser, error) {
	f, err := os.Open(b.path)
	if err != nil {
		return nil, &SpoolError{filepath.Dir(b.path), err}
	}
	return f, nil
}

// spooledLayer is a layer whose blob is on disk.
type spooledLayer struct {
	spooled
	diffID    v1.Hash
	mediaType types.MediaType
}

var _ v1.Layer = (*spooledLayer)(nil)

func (l *spooledLayer) Digest() (v1.Hash, error)             { return l.digest, nil }
func (l *spooledLayer) DiffID() (v1.Hash, error)             { return l.diffID, nil }
func (l *spooledLayer) Size() (int64, error)                 { return l.size, nil }
func (l *spooledLayer) MediaType() (types.MediaType, error)  { return l.mediaType, nil }
func (l *spooledLayer) Compressed() (io.ReadCloser, error)   { return l.open() }
func (l *spooledLayer) Uncompressed() (io.ReadCloser, error) { return uncompressed(l.open) }
