package assemble

import (
	"context"
	"errors"
	"io"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cleanup"
	"github.com/slimify/slimify/layers"
)

// stream is an uncompressed layer.
type stream struct {
	io.ReadCloser
	blob io.ReadCloser
}

// uncompressed opens a blob and its compression.
func uncompressed(open func() (io.ReadCloser, error)) (*stream, error) {
	rc, err := open()
	if err != nil {
		return nil, err
	}
	plain, err := layers.Decompress(rc)
	if err != nil {
		return nil, cleanup.Close(err, rc)
	}
	return &stream{plain, rc}, nil
}

// open returns the layer's uncompressed stream for another pass.
func (b *blob) open(p reference.Progress) (*stream, error) {
	if b.disk != nil {
		return uncompressed(b.disk.open)
	}
	return uncompressed(func() (io.ReadCloser, error) { return b.compressed(p) })
}

// each calls f for the layer's entries as [layers.Read] does, reads the rest of the
// blob, which is verified at its end, and closes the stream.
func (s *stream) each(ctx context.Context, f func(i int, e *layers.Entry, content io.Reader) error) (err error) {
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

func (s *stream) Close() error { return errors.Join(s.ReadCloser.Close(), s.blob.Close()) }

// changedContent tells that a file of another pass is not what the first one saw.
func changedContent() error {
	return &CorruptError{"content", errors.New("it changed between two readings")}
}
