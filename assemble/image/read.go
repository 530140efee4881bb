package image

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cleanup"
	"github.com/slimify/slimify/layers"
)

// Index reads layers [from, to) in parallel, each in one pass that verifies, decompresses
// and indexes it. If keep is set, blobs of a registry are spooled for a second pass.
func (r *Reader) Index(ctx context.Context, img *Image, from, to int, keep bool) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(r.Jobs)
	for i := from; i < to; i++ {
		g.Go(func() error {
			_, err := r.table(ctx, img, i, keep)
			return err
		})
	}
	return g.Wait()
}

// table returns a layer's table, reading the layer at the first call.
func (r *Reader) table(ctx context.Context, img *Image, i int, keep bool) (*layers.Table, error) {
	b := img.Layers[i]
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.Table != nil {
		return b.Table, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if b.Table = r.tables.get(b); b.Table != nil {
		r.Log.Debug("layer is known", "image", img.Ref.String(), "layer", i, "digest", b.Descriptor.Digest.String())
		return b.Table, nil
	}
	r.Log.Debug("reading layer", "image", img.Ref.String(), "layer", i, "digest", b.Descriptor.Digest.String(), "bytes", b.Descriptor.Size)
	keep = keep && img.Ref.Transport() == reference.Registry
	if err := r.read(img.Ref, b, keep); err != nil {
		return nil, fmt.Errorf("reading layer %s of %s: %w", b.Descriptor.Digest, img.Ref, err)
	}
	r.tables.put(b)
	return b.Table, nil
}

// read makes the one pass over a blob.
func (r *Reader) read(ref reference.Ref, b *Layer, keep bool) (err error) {
	rc, err := b.compressed(r.Progress)
	if err != nil {
		return reference.Explain(ref, err)
	}
	defer func() { err = cleanup.Close(err, rc) }()
	// The reader verifies the blob's digest at its end; the diff ID is verified here.
	var in io.Reader = explained{rc, ref}
	var disk *SpoolWriter
	if keep {
		if disk, err = r.Spool.Create(); err != nil {
			return err
		}
		defer func() { err = cleanup.Close(err, disk) }()
		in = io.TeeReader(in, disk)
	}
	fetched, err := stage(in, b.Descriptor.Size)
	if err != nil {
		return err
	}
	defer func() { err = cleanup.Close(err, fetched) }() // before what it reads and writes
	plain, err := layers.Decompress(fetched)
	if err != nil {
		return corrupt(err)
	}
	defer func() { err = cleanup.Close(err, plain) }()
	expanded, err := stage(plain, b.Descriptor.Size)
	if err != nil {
		return err
	}
	defer func() { err = cleanup.Close(err, expanded) }()
	diff := sha256.New()
	hashed, err := stage(io.TeeReader(expanded, diff), b.Descriptor.Size)
	if err != nil {
		return err
	}
	table, err := layers.Index(hashed, r.Capture, layers.DefaultLimits())
	err = cleanup.Close(err, hashed) // nothing writes to diff any more
	if err != nil {
		return corrupt(err)
	}
	if _, err := io.Copy(io.Discard, fetched); err != nil { // what follows the compressed stream
		return corrupt(err)
	}
	if got := DigestOf(diff); got != b.DiffID {
		return &CorruptError{"content", fmt.Errorf("its diff ID is %s, the config says %s", got, b.DiffID)}
	}
	b.Table = table
	if disk != nil {
		b.Disk = disk.Layer(b.Descriptor.Digest, b.DiffID, b.Descriptor.MediaType)
	}
	return nil
}

// corrupt marks errors in an image's content; those of the network and the disk stay as
// they are.
func corrupt(err error) error {
	var full *SpoolError
	if errors.As(err, &full) || isRegistry(err) {
		return err
	}
	return &CorruptError{"content", err}
}

func isRegistry(err error) bool {
	var unreachable *reference.UnreachableError
	var registry *reference.RegistryError
	var bad *reference.CorruptError
	return errors.As(err, &unreachable) || errors.As(err, &registry) || errors.As(err, &bad) || errors.Is(err, context.Canceled)
}

// explained types the errors of a registry's stream.
type explained struct {
	io.Reader
	ref reference.Ref
}

func (e explained) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = reference.Explain(e.ref, err)
	}
	return n, err
}

// Stack merges the layers from boundary up; those below are read when they are needed. If
// keep is set, blobs of a registry are spooled.
func (r *Reader) Stack(ctx context.Context, img *Image, boundary int, links func(*layers.Tree) error, keep bool) (*layers.Stack, error) {
	if err := r.Index(ctx, img, boundary, len(img.Layers), keep); err != nil {
		return nil, err
	}
	s, err := layers.NewStack(boundary, links, func(ctx context.Context, i int) (*layers.Table, error) {
		r.Log.Info("reading a layer of the original base image", "image", img.Ref.String(), "layer", i, "bytes", img.Layers[i].Descriptor.Size)
		return r.table(ctx, img, i, keep)
	})
	if err != nil {
		return nil, err
	}
	for i := boundary - 1; r.eager && i >= 0; i-- {
		if _, err := s.Cold(ctx, i); err != nil {
			return nil, err
		}
	}
	for i := boundary; i < len(img.Layers); i++ {
		if err := s.Upper.Apply(i, img.Layers[i].Table); err != nil {
			return nil, &CorruptError{fmt.Sprintf("layer %s of %s", img.Layers[i].Descriptor.Digest, img.Ref), err}
		}
	}
	return s, nil
}
