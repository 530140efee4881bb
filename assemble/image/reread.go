package image

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/slimify/slimify/layers"
)

// Reread reads the content of files for a second time, layer by layer, from front to back.
// Each function gets the content of its file.
func (r *Reader) Reread(ctx context.Context, img *Image, wanted map[layers.Pos]func(io.Reader) error) error {
	for i, b := range img.Layers {
		left := 0
		for pos := range wanted {
			if pos.Layer == i {
				left++
			}
		}
		if left == 0 {
			continue
		}
		if err := r.rereadLayer(ctx, b, i, left, wanted); err != nil {
			return fmt.Errorf("reading layer %s of %s again: %w", b.Descriptor.Digest, img.Ref, err)
		}
	}
	return nil
}

// rereadLayer gives each function the content of its file in one layer.
func (r *Reader) rereadLayer(ctx context.Context, b *Layer, layer, left int, wanted map[layers.Pos]func(io.Reader) error) error {
	rc, err := b.Open(r.Progress)
	if err != nil {
		return err
	}
	return rc.Each(ctx, func(i int, _ *layers.Entry, content io.Reader) error {
		f := wanted[layers.Pos{Layer: layer, Entry: i}]
		if f == nil {
			if left == 0 {
				return layers.ErrStop
			}
			return nil
		}
		left--
		sum := sha256.New()
		in := io.TeeReader(content, sum)
		if err := f(in); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, in); err != nil {
			return err
		}
		if [sha256.Size]byte(sum.Sum(nil)) != b.Table.Entries[i].Digest {
			return ChangedContent()
		}
		return nil
	})
}
