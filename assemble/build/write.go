package build

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"slices"

	"github.com/google/go-containerregistry/pkg/compression"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/layers"
)

// WriteLayers writes the plan's layers to the spool. Each of the image's layers
// that holds content of them is read once, from front to back, for all new
// layers together.
func WriteLayers(ctx context.Context, r *image.Reader, img *image.Image, planned *plan.Plan, f Family, form compression.Compression) ([]*image.SpooledLayer, error) {
	outs := make([]*layerWriter, len(planned.Layers))
	for i := range planned.Layers {
		w, err := newLayerWriter(r, planned.Layers[i].Writes, form, writing(r.Progress, img.Ref, &planned.Layers[i]))
		if err != nil {
			return nil, err
		}
		defer w.end()
		outs[i] = w
	}
	for i, b := range img.Layers {
		if !slices.ContainsFunc(outs, func(w *layerWriter) bool { return w.wants(i) }) {
			continue
		}
		if err := copyContent(ctx, r, b, i, outs); err != nil {
			return nil, fmt.Errorf("copying from layer %s of %s: %w", b.Descriptor.Digest, img.Ref, err)
		}
	}
	var written []*image.SpooledLayer
	for _, w := range outs {
		l, err := w.finish(f.newLayerType(form))
		if err != nil {
			return nil, err
		}
		written = append(written, l)
	}
	return written, nil
}

// copyContent reads one of the source's layers and gives each writer the content that it
// waits for.
func copyContent(ctx context.Context, r *image.Reader, b *image.Layer, layer int, outs []*layerWriter) error {
	rc, err := b.Open(r.Progress)
	if err != nil {
		return err
	}
	return rc.Each(ctx, func(i int, _ *layers.Entry, content io.Reader) error {
		pos := layers.Pos{Layer: layer, Entry: i}
		var dsts []io.Writer
		var want *layers.Entry
		more := false
		for _, w := range outs {
			if next := w.next(); next != nil && next.Pos == pos {
				if err := w.header(next); err != nil {
					return err
				}
				dsts, want = append(dsts, w.tar), &next.Entry
			}
			more = more || w.wants(layer)
		}
		if len(dsts) == 0 {
			if !more {
				return layers.ErrStop
			}
			return nil
		}
		sum := sha256.New()
		if _, err := io.Copy(io.MultiWriter(append(dsts, sum)...), content); err != nil {
			return err
		}
		if [sha256.Size]byte(sum.Sum(nil)) != want.Digest {
			return image.ChangedContent()
		}
		for _, w := range outs {
			if next := w.next(); next != nil && next.Pos == pos {
				if err := w.advance(); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// layerWriter writes one new layer: a tar, compressed, hashed on both sides.
type layerWriter struct {
	rest []plan.Write // what is not yet written; the first waits for content
	tar  *tar.Writer
	comp io.WriteCloser
	disk *image.SpoolWriter
	sum  hash.Hash      // of the blob
	diff hash.Hash      // of the tar
	task reference.Task // nil if nobody listens
}

// newLayerWriter ends the task if it fails.
func newLayerWriter(r *image.Reader, writes []plan.Write, form compression.Compression, task reference.Task) (_ *layerWriter, err error) {
	w := &layerWriter{rest: writes, sum: sha256.New(), diff: sha256.New(), task: task}
	defer func() {
		if err != nil {
			w.end()
		}
	}()
	if w.disk, err = r.Spool.Create(); err != nil {
		return nil, err
	}
	if w.comp, err = compressor(io.MultiWriter(w.sum, w.disk), form, r.Jobs); err != nil {
		return nil, err
	}
	sinks := []io.Writer{w.diff, w.comp}
	if task != nil {
		sinks = append(sinks, taskWriter{task})
	}
	w.tar = tar.NewWriter(io.MultiWriter(sinks...))
	return w, w.drain()
}

// end ends the progress.
func (w *layerWriter) end() {
	if w.task != nil {
		w.task.End()
	}
}

// next is the entry that waits for its content, or nil.
func (w *layerWriter) next() *plan.Write {
	if len(w.rest) == 0 {
		return nil
	}
	return &w.rest[0]
}

// wants reports whether the next entry's content is in that layer.
func (w *layerWriter) wants(layer int) bool {
	next := w.next()
	return next != nil && next.Pos.Layer == layer
}

// advance goes on after the content of the next entry was written.
func (w *layerWriter) advance() error {
	w.rest = w.rest[1:]
	return w.drain()
}

// drain writes entries that need nothing from the source's layers.
func (w *layerWriter) drain() error {
	for ; len(w.rest) > 0; w.rest = w.rest[1:] {
		e := &w.rest[0]
		if e.Entry.Kind == layers.File && e.Pos.Layer >= 0 {
			return nil
		}
		if err := w.header(e); err != nil {
			return err
		}
		if _, err := w.tar.Write(e.Content); err != nil {
			return fmt.Errorf("writing %q: %w", e.Entry.Name, err)
		}
	}
	return nil
}

func (w *layerWriter) header(e *plan.Write) error {
	if err := w.tar.WriteHeader(e.Entry.Header(e.Entry.Name)); err != nil {
		return fmt.Errorf("writing the header of %q: %w", e.Entry.Name, err)
	}
	return nil
}

// finish closes the layer. Every entry must have been written.
func (w *layerWriter) finish(mediaType types.MediaType) (*image.SpooledLayer, error) {
	if next := w.next(); next != nil {
		return nil, fmt.Errorf("content of %q was not found in layer %d", next.Entry.Name, next.Pos.Layer)
	}
	for _, c := range []io.Closer{w.tar, w.comp, w.disk} {
		if err := c.Close(); err != nil {
			return nil, err
		}
	}
	return w.disk.Layer(image.DigestOf(w.sum), image.DigestOf(w.diff), mediaType), nil
}

// writing starts the progress of a layer that is written, in bytes of its tar; nil if
// nobody listens.
func writing(p reference.Progress, ref reference.Ref, l *plan.Layer) reference.Task {
	if p == nil {
		return nil
	}
	var bytes int64 = tarEnd
	for _, w := range l.Writes {
		bytes += tarSize(w.Entry.Size)
	}
	return p.Start(reference.Work{Verb: "writing", What: l.Part.String(), Image: ref.String(), Bytes: bytes})
}

// taskWriter reports the progress of the bytes that are written to it.
type taskWriter struct{ reference.Task }

func (w taskWriter) Write(p []byte) (int, error) {
	w.Add(int64(len(p)))
	return len(p), nil
}
