package image

import (
	"context"
	"errors"
	"io"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cleanup"
	"github.com/slimify/slimify/layers"
)

// Stream is an uncompressed layer.
type Stream struct {
	io.ReadCloser
	blob io.ReadCloser
}

// Uncompressed opens a blob and decompresses it.
func Uncompressed(open func() (io.ReadCloser, error)) (*Stream, error) {
	rc, err := open()
	if err != nil {
		return nil, err
	}
	plain, err := layers.Decompress(rc)
	if err != nil {
		return nil, cleanup.Close(err, rc)
	}
	return &Stream{plain, rc}, nil
}

// Open returns the layer's uncompressed stream for another pass.
func (l *Layer) Open(p reference.Progress) (*Stream, error) {
	if l.Disk != nil {
		return Uncompressed(l.Disk.open)
	}
	return Uncompressed(func() (io.ReadCloser, error) { return l.compressed(p) })
}

// Each calls f for the layer's entries as [layers.Read] does, reads the rest of the
// blob, which is verified at its end, and closes the stream.
func (s *Stream) Each(ctx context.Context, f func(i int, e *layers.Entry, content io.Reader) error) (err error) {
	defer func() { err = cleanup.Close(err, s) }()
	err = layers.Read(s, layers.DefaultLimits(), func(i int, e *layers.Entry, content io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return f(i, e, content)
	})
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, s.blob)
	return err
}

// Close closes the stream and its blob.
func (s *Stream) Close() error { return errors.Join(s.ReadCloser.Close(), s.blob.Close()) }

// ChangedContent is the error for a file whose content differs from that of the first pass.
func ChangedContent() error {
	return &CorruptError{"content", errors.New("it changed between two readings")}
}
