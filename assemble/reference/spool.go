package reference

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// spoolWindow is the maximum memory for decompressing an archive, in bytes.
const spoolWindow = 64 << 20

// spoolFile is a temporary file. Where the system allows it, the open file is
// removed at once, so that no exit leaves it behind; elsewhere Close removes it.
type spoolFile struct {
	*os.File
	size int64
	name string // "" once removed
}

// spool copies r into a spoolFile in dir ("" is os.TempDir). A write error is an
// *OutputError.
func spool(ctx context.Context, dir string, r io.Reader) (_ *spoolFile, err error) {
	f, err := os.CreateTemp(dir, "slimify-*.tar")
	if err != nil {
		return nil, &OutputError{Path: tempDir(dir), Cause: err}
	}
	s := &spoolFile{File: f, name: f.Name()}
	if os.Remove(s.name) == nil {
		s.name = ""
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	s.size, err = io.Copy(&outputWriter{f, f.Name()}, &contextReader{ctx, r})
	return s, err
}

func tempDir(dir string) string {
	if dir == "" {
		return os.TempDir()
	}
	return dir
}

func (s *spoolFile) Close() error {
	err := s.File.Close()
	if s.name != "" {
		err = errors.Join(err, os.Remove(s.name))
	}
	return err
}

// spoolOnce spools standard input, which can be read only once, and returns the
// same file for each call.
type spoolOnce struct {
	mu   sync.Mutex
	file *spoolFile
	err  error
}

func (o *spoolOnce) open(ctx context.Context, dir string, r io.Reader) (*spoolFile, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.file == nil && o.err == nil {
		if o.file, o.err = spool(ctx, dir, r); o.err == nil && o.file.size == 0 {
			o.err = errors.New("standard input is empty")
		}
	}
	return o.file, o.err
}

func (o *spoolOnce) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.file == nil {
		return nil
	}
	err := o.file.Close()
	o.file, o.err = nil, errors.New("the session is closed")
	return err
}

// decompressor returns a reader of the tar in r if r is compressed, by its magic
// number, else nil.
func decompressor(r io.ReaderAt, size int64) (io.ReadCloser, error) {
	var magic [6]byte
	n, err := r.ReadAt(magic[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	in := bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 1<<16)
	switch head := magic[:n]; {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzip.NewReader(in)
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(in, zstd.WithDecoderMaxMemory(spoolWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	case bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")):
		return nil, errors.New("it is compressed with xz; decompress it first")
	case bytes.HasPrefix(head, []byte("BZh")):
		return nil, errors.New("it is compressed with bzip2; decompress it first")
	}
	return nil, nil
}

// contextReader fails when ctx ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, fmt.Errorf("reading: %w", err)
	}
	return c.r.Read(p)
}

// outputWriter wraps write errors in *OutputError, to distinguish them from
// errors of reading the data.
type outputWriter struct {
	w    io.Writer
	path string
}

func (o *outputWriter) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil {
		err = &OutputError{Path: o.path, Cause: err}
	}
	return n, err
}
