package reference

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
)

// blob is a file to write into an OCI layout.
type blob struct {
	digest v1.Hash
	size   int64
	open   func() (io.ReadCloser, error)
}

// collect lists the blobs of an artifact, each once, and manifests before the
// blobs that they name: the best order for reading a stream.
func collect(a Artifact) ([]blob, error) {
	c := collector{seen: map[v1.Hash]bool{}}
	if err := c.artifact(a, 0); err != nil {
		return nil, err
	}
	return c.blobs, nil
}

type collector struct {
	blobs []blob
	seen  map[v1.Hash]bool
}

func (c *collector) artifact(a Artifact, depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("indexes are nested deeper than %d", maxNesting)
	}
	raw, err := a.RawManifest()
	if err != nil {
		return fmt.Errorf("reading manifest: %w", err)
	}
	digest, err := a.Digest()
	if err != nil {
		return fmt.Errorf("computing manifest's digest: %w", err)
	}
	if !c.bytes(digest, raw) {
		return nil
	}
	switch a := a.(type) {
	case v1.Image:
		return c.image(a)
	case v1.ImageIndex:
		return c.index(a, depth)
	default:
		return fmt.Errorf("%T is neither image nor index", a)
	}
}

func (c *collector) image(img v1.Image) error {
	id, err := img.ConfigName()
	if err != nil {
		return fmt.Errorf("computing image ID: %w", err)
	}
	config, err := img.RawConfigFile()
	if err != nil {
		return fmt.Errorf("reading config %s: %w", id, err)
	}
	c.bytes(id, config)
	layers, err := img.Layers()
	if err != nil {
		return fmt.Errorf("listing layers: %w", err)
	}
	for _, layer := range layers {
		mt, err := layer.MediaType()
		if err != nil {
			return fmt.Errorf("reading layer: %w", err)
		}
		if !mt.IsDistributable() {
			continue // the manifest has its URLs
		}
		if err := c.layer(layer); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) index(idx v1.ImageIndex, depth int) error {
	children, err := partial.Manifests(idx)
	if err != nil {
		return fmt.Errorf("reading index: %w", err)
	}
	for _, child := range children {
		switch child := child.(type) {
		case Artifact:
			err = c.artifact(child, depth+1)
		case v1.Layer:
			err = c.layer(child)
		default:
			err = fmt.Errorf("the index gives no access to its child of type %T", child)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) layer(layer v1.Layer) error {
	digest, err := layer.Digest()
	if err != nil {
		return fmt.Errorf("computing layer's digest: %w", err)
	}
	size, err := layer.Size()
	if err != nil {
		return fmt.Errorf("reading size of layer %s: %w", digest, err)
	}
	c.add(blob{digest, size, layer.Compressed})
	return nil
}

// bytes adds a small blob and reports whether it is new.
func (c *collector) bytes(digest v1.Hash, raw []byte) bool {
	return c.add(blob{digest, int64(len(raw)), func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(raw)), nil
	}})
}

func (c *collector) add(b blob) bool {
	if c.seen[b.digest] {
		return false
	}
	c.seen[b.digest] = true
	c.blobs = append(c.blobs, b)
	return true
}

// copyTo writes the blob to w and verifies it to its end.
func (b blob) copyTo(ctx context.Context, w io.Writer) (err error) {
	rc, err := b.open()
	if err != nil {
		return fmt.Errorf("reading blob %s: %w", b.digest, err)
	}
	rc, err = verify(rc, b.digest, b.size)
	if err != nil {
		return err
	}
	rc = countedWrite(ctx, b.size, rc)
	defer func() { err = errors.Join(err, rc.Close()) }()
	if _, err := io.Copy(w, &contextReader{ctx, rc}); err != nil {
		return fmt.Errorf("copying blob %s: %w", b.digest, err)
	}
	return nil
}

// descriptor is the entry in a layout's index for an artifact with a tag, or with
// none if it is "".
func descriptor(a Artifact, tag string) (v1.Descriptor, error) {
	desc, err := partial.Descriptor(struct{ Artifact }{a})
	if err != nil {
		return v1.Descriptor{}, fmt.Errorf("describing the image: %w", err)
	}
	out := v1.Descriptor{MediaType: desc.MediaType, Size: desc.Size, Digest: desc.Digest}
	if tag != "" {
		out.Annotations = map[string]string{refName: tag}
	}
	return out, nil
}

// singleImage returns the only image of an artifact, not counting attestations,
// which a Docker archive cannot hold.
func singleImage(ref Ref, a Artifact) (v1.Image, error) {
	if img, ok := a.(v1.Image); ok {
		return img, nil
	}
	idx, ok := a.(v1.ImageIndex)
	if !ok {
		return nil, fmt.Errorf("%T is neither image nor index", a)
	}
	children, err := leaves(idx)
	if err != nil {
		return nil, err
	}
	var images []Child
	for _, child := range children {
		if !isAttestation(child.Descriptor) {
			images = append(images, child)
		}
	}
	if len(images) != 1 {
		return nil, &UnsupportedError{Ref: ref.String(), Reason: fmt.Sprintf(
			"a Docker archive has no index and the result is one of %d images; choose one with --platform, or write oci-archive:FILE", len(images))}
	}
	return images[0].Image()
}
