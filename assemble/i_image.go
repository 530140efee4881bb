package assemble

import (
	"fmt"
	"hash"
	"io"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

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

// identity is the digest by which a result names its source: that of a manifest,
// or of an index.
func (s *source) identity() v1.Hash {
	if s.Index == nil {
		return s.children[0].Descriptor.Digest
	}
	return s.Digest
}

// image is one platform of a source: manifest and config read, layers unread.
type image struct {
	raw       v1.Image // as it was opened
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
	check  bool           // nobody else verifies the blob

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
	out := &image{raw: img, ref: ref, digest: child.Descriptor.Digest}
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
		out.layers = append(out.layers, &blob{layer: l, desc: desc, diffID: diffs[i], work: work, check: ref.Transport() == reference.Memory})
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

// compressed opens the layer where the image lies, and tells progress of it.
func (b *blob) compressed(p reference.Progress) (io.ReadCloser, error) {
	rc, err := b.layer.Compressed()
	if err != nil {
		return nil, err
	}
	if b.check {
		if rc, err = reference.Verified(rc, b.desc.Digest, b.desc.Size); err != nil {
			return nil, err
		}
	}
	return reference.Counted(p, b.work, rc), nil
}

func digestOf(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: fmt.Sprintf("%x", h.Sum(nil))}
}

// shareBlobs makes both images hold the blobs that they share once, so that each
// is read once. It returns how many they are and the sum of their compressed bytes.
func shareBlobs(before, after *image) (n int, size int64) {
	for i, a := range after.layers {
		j := slices.IndexFunc(before.layers, func(b *blob) bool { return b.desc.Digest == a.desc.Digest && b.diffID == a.diffID })
		if j >= 0 {
			after.layers[i] = before.layers[j]
			n++
			size += a.desc.Size
		}
	}
	return n, size
}

// sameRegistry reports whether both lie in one registry, which can then mount
// blobs of one repository into another.
func sameRegistry(a, b reference.Ref) bool {
	return a.Transport() == reference.Registry && b.Transport() == reference.Registry &&
		a.Name().Context().RegistryStr() == b.Name().Context().RegistryStr()
}
