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

// spoolWindow is the most memory in bytes that decompressing an archive may take.
const spoolWindow = 64 << 20

// spoolFile is a temporary file that no exit leaves behind: it has no name any more
// where the system lets an open file be removed, and is removed by Close elsewhere.
type spoolFile struct {
	*os.File
	size int64
	name string // "" once removed
}

// spool copies r into a spoolFile in dir ("" is os.TempDir). A failure to write is
// an *OutputError.
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

// spoolOnce is the spool of standard input, which can be read only once; whoever
// opens it again gets the same file.
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

// decompressor returns a reader of the tar in r when r is compressed, by its magic
// number, and nil when it is not.
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

// contextReader ends with ctx.
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

// outputWriter makes failures to write *OutputErrors, which tells them from
// failures to read what is written.
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
