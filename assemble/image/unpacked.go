package image

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"

	"github.com/slimify/slimify/assemble/reference"
)

// tailsAtOnce is how many blobs are asked for their ends in parallel: that costs time, not
// work.
const tailsAtOnce = 8

// UnpackedSize is the size of an image's uncompressed layers in bytes. The size of layers
// that were not read comes from the trailers of their gzip blobs and is an estimate. It is
// nil if the size of a layer is unknown.
func (r *Reader) UnpackedSize(ctx context.Context, src *Source, img *Image) (size *int64, estimated bool, err error) {
	sizes := make([]int64, len(img.Layers))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(tailsAtOnce)
	for i, b := range img.Layers {
		if b.Table != nil {
			sizes[i] = b.Table.Bytes
			continue
		}
		estimated = true
		g.Go(func() (err error) {
			sizes[i], err = trailer(ctx, src, b)
			return err
		})
	}
	if err := g.Wait(); errors.Is(err, context.Canceled) {
		return nil, false, err
	} else if err != nil {
		r.Log.Debug("size of layers that were not read is unknown", "cause", err)
		return nil, false, nil
	}
	var sum int64
	for _, n := range sizes {
		sum += n
	}
	return &sum, estimated, nil
}

// trailer estimates a layer's uncompressed size from the last four bytes of its
// blob: gzip stores there the length modulo 2^32 (RFC 1952, ISIZE).
func trailer(ctx context.Context, src *Source, b *Layer) (int64, error) {
	switch b.Descriptor.MediaType {
	case types.DockerUncompressedLayer, types.OCIUncompressedLayer:
		return b.Descriptor.Size, nil
	case types.DockerLayer, types.OCILayer:
	default:
		return 0, reference.ErrNoTail
	}
	raw, err := src.Tail(ctx, b.Descriptor, 4)
	if err != nil {
		return 0, err
	}
	n := int64(binary.LittleEndian.Uint32(raw))
	for n < b.Descriptor.Size {
		n += 1 << 32 // a tar is longer than its blob
	}
	return n, nil
}
