package assemble

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/layers"
)

// CorruptError is an image whose content is not what its manifest or config
// says.
type CorruptError struct {
	Object string
	Err    error
}

func (e *CorruptError) Error() string { return fmt.Sprintf("%s is corrupt: %v", e.Object, e.Err) }
func (e *CorruptError) Unwrap() error { return e.Err }

// source is an opened image with its children.
type source struct {
	*reference.Source
	children []reference.Child
}

// image is one platform of a source: manifest and config read, layers unread.
type image struct {
	v1.Image
	ref       reference.Ref
	digest    v1.Hash
	manifest  *v1.Manifest
	config    *v1.ConfigFile
	rawConfig []byte
	mediaType types.MediaType
	layers    []*blob
}

// blob is a layer of an image, with its table once it was read.
type blob struct {
	layer  v1.Layer
	desc   v1.Descriptor
	diffID v1.Hash
	work   reference.Work // reading it

	mu    sync.Mutex
	table *layers.Table
	disk  *spooledLayer // nil if it was not spooled
}

// openImage reads a child's manifest and config and checks that they agree.
func openImage(ref reference.Ref, child reference.Child) (*image, error) {
	img, err := child.Image()
	if err != nil {
		return nil, reference.Explain(ref, err)
	}
	out := &image{Image: img, ref: ref, digest: child.Descriptor.Digest}
	if out.manifest, err = img.Manifest(); err != nil {
		return nil, reference.Explain(ref, err)
	}
	if out.mediaType, err = img.MediaType(); err != nil {
		return nil, reference.Explain(ref, err)
	}
	if out.rawConfig, err = img.RawConfigFile(); err != nil {
		return nil, reference.Explain(ref, err)
	}
	if out.config, err = img.ConfigFile(); err != nil {
		return nil, &CorruptError{fmt.Sprintf("config of %s", ref), err}
	}
	if os := out.config.OS; os != "linux" && os != "" {
		return nil, &reference.UnsupportedError{Ref: ref.String(), Reason: "its operating system is " + os + ", and only linux images can be slimmed"}
	}
	diffs := out.config.RootFS.DiffIDs
	if len(diffs) != len(out.manifest.Layers) {
		return nil, &CorruptError{ref.String(), fmt.Errorf("manifest has %d layers, config %d", len(out.manifest.Layers), len(diffs))}
	}
	ls, err := img.Layers()
	if err != nil {
		return nil, reference.Explain(ref, err)
	}
	for i, l := range ls {
		desc := out.manifest.Layers[i]
		work := reference.Work{Verb: "reading", What: fmt.Sprintf("layer %d of %d", i+1, len(ls)), Image: ref.String(), Bytes: desc.Size}
		out.layers = append(out.layers, &blob{layer: l, desc: desc, diffID: diffs[i], work: work})
	}
	return out, nil
}

// compressed is the sum of the layers' blobs in bytes, as registries and `docker
// manifest inspect` tell it.
func (img *image) compressed() int64 {
	var n int64
	for _, l := range img.manifest.Layers {
		n += l.Size
	}
	return n
}

// unpacked is the sum of the uncompressed layers in bytes. All must have been
// read.
func (img *image) unpacked() (n int64) {
	for _, b := range img.layers {
		n += b.table.Bytes
	}
	return n
}

// index reads layers [from, to) at once, each in one pass that verifies,
// decompresses and indexes it. Blobs of a registry are spooled if keep is set,
// for a second pass.
func (r *run) index(ctx context.Context, img *image, from, to int, keep bool) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(r.opts.Jobs)
	for i := from; i < to; i++ {
		g.Go(func() error {
			_, err := r.table(ctx, img, i, keep)
			return err
		})
	}
	return g.Wait()
}

// table returns a layer's table, reading the layer at the first call.
func (r *run) table(ctx context.Context, img *image, i int, keep bool) (*layers.Table, error) {
	b := img.layers[i]
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.table != nil {
		return b.table, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if b.table = r.tables.get(b); b.table != nil {
		r.log.Debug("layer is known", "image", img.ref.String(), "layer", i, "digest", b.desc.Digest.String())
		return b.table, nil
	}
	r.log.Debug("reading layer", "image", img.ref.String(), "layer", i, "digest", b.desc.Digest.String(), "bytes", b.desc.Size)
	keep = keep && img.ref.Transport() == reference.Registry
	if err := r.read(img.ref, b, keep); err != nil {
		return nil, fmt.Errorf("reading layer %s of %s: %w", b.desc.Digest, img.ref, err)
	}
	r.tables.put(b)
	return b.table, nil
}

// read makes the one pass over a blob.
func (r *run) read(ref reference.Ref, b *blob, keep bool) (err error) {
	rc, err := b.compressed(r.opts.Session.Progress)
	if err != nil {
		return reference.Explain(ref, err)
	}
	defer func() { err = closeAll(err, rc) }()
	// The reader verifies the blob's digest at its end; the diff ID is ours.
	var in io.Reader = explained{rc, ref}
	var disk *spoolWriter
	if keep {
		if disk, err = r.spool.create(); err != nil {
			return err
		}
		defer func() { err = closeAll(err, disk) }()
		in = io.TeeReader(in, disk)
	}
	fetched, err := stage(in, b.desc.Size)
	if err != nil {
		return err
	}
	defer func() { err = closeAll(err, fetched) }() // before what it reads and writes
	plain, err := layers.Decompress(fetched)
	if err != nil {
		return corrupt(err)
	}
	defer func() { err = closeAll(err, plain) }()
	expanded, err := stage(plain, b.desc.Size)
	if err != nil {
		return err
	}
	defer func() { err = closeAll(err, expanded) }()
	diff := sha256.New()
	hashed, err := stage(io.TeeReader(expanded, diff), b.desc.Size)
	if err != nil {
		return err
	}
	table, err := layers.Index(hashed, r.capture, layers.DefaultLimits())
	err = closeAll(err, hashed) // diff is left to us
	if err != nil {
		return corrupt(err)
	}
	if _, err := io.Copy(io.Discard, fetched); err != nil { // what follows the compressed stream
		return corrupt(err)
	}
	if got := digestOf(diff); got != b.diffID {
		return &CorruptError{"content", fmt.Errorf("its diff ID is %s, the config says %s", got, b.diffID)}
	}
	b.table = table
	if disk != nil {
		b.disk = &spooledLayer{spooled: disk.blob(b.desc.Digest), diffID: b.diffID, mediaType: b.desc.MediaType}
	}
	return nil
}

// corrupt marks faults of an image's content, leaving those of the network and
// the disk what they are.
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

// compressed opens the layer where the image lies, and tells progress of it.
func (b *blob) compressed(p reference.Progress) (io.ReadCloser, error) {
	rc, err := b.layer.Compressed()
	if err != nil {
		return nil, err
	}
	return reference.Counted(p, b.work, rc), nil
}

// stack merges the layers from boundary up; those below are read when asked for.
// Blobs of a registry are spooled if keep is set.
func (r *run) stack(ctx context.Context, img *image, boundary int, links func(*layers.Tree) error, keep bool) (*layers.Stack, error) {
	if err := r.index(ctx, img, boundary, len(img.layers), keep); err != nil {
		return nil, err
	}
	s, err := layers.NewStack(boundary, links, func(ctx context.Context, i int) (*layers.Table, error) {
		r.log.Info("reading a layer of the image's own base", "image", img.ref.String(), "layer", i, "bytes", img.layers[i].desc.Size)
		return r.table(ctx, img, i, keep)
	})
	if err != nil {
		return nil, err
	}
	for i := boundary - 1; r.opts.Eager && i >= 0; i-- {
		if _, err := s.Cold(ctx, i); err != nil {
			return nil, err
		}
	}
	for i := boundary; i < len(img.layers); i++ {
		if err := s.Upper.Apply(i, img.layers[i].table); err != nil {
			return nil, &CorruptError{fmt.Sprintf("layer %s of %s", img.layers[i].desc.Digest, img.ref), err}
		}
	}
	return s, nil
}
