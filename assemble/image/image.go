package image

import (
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/imageconfig"
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

// Source is an opened image with its children.
type Source struct {
	*reference.Source
	Children []reference.Child
}

// Identity is the digest by which a result names its source: that of a manifest,
// or of an index.
func (s *Source) Identity() v1.Hash {
	if s.Index == nil {
		return s.Children[0].Descriptor.Digest
	}
	return s.Digest
}

// Image is one platform of a source: manifest and config read, layers unread.
type Image struct {
	V1        v1.Image // as it was opened
	Ref       reference.Ref
	Digest    v1.Hash
	Manifest  *v1.Manifest
	Config    *v1.ConfigFile
	RawConfig []byte
	MediaType types.MediaType
	Layers    []*Layer
}

// Layer is a layer of an image, with its table after it was read.
type Layer struct {
	V1         v1.Layer
	Descriptor v1.Descriptor
	DiffID     v1.Hash
	work       reference.Work // reading it
	check      bool           // nobody else verifies the blob

	mu    sync.Mutex
	Table *layers.Table
	Disk  *SpooledLayer // nil if it was not spooled
}

// New reads the manifest and the config of a source's child and checks that they agree.
func New(ref reference.Ref, child reference.Child) (*Image, error) {
	img, err := child.Image()
	if err != nil {
		return nil, reference.Explain(ref, err)
	}
	out := &Image{V1: img, Ref: ref, Digest: child.Descriptor.Digest}
	if out.Manifest, err = img.Manifest(); err != nil {
		return nil, reference.Explain(ref, err)
	}
	if out.MediaType, err = img.MediaType(); err != nil {
		return nil, reference.Explain(ref, err)
	}
	if out.RawConfig, err = img.RawConfigFile(); err != nil {
		return nil, reference.Explain(ref, err)
	}
	if out.Config, err = img.ConfigFile(); err != nil {
		return nil, &CorruptError{fmt.Sprintf("config of %s", ref), err}
	}
	if os := out.Config.OS; os != "linux" && os != "" {
		return nil, &reference.UnsupportedError{Ref: ref.String(), Reason: "its operating system is " + os + ", and only linux images can be slimmed"}
	}
	diffs := out.Config.RootFS.DiffIDs
	if len(diffs) != len(out.Manifest.Layers) {
		return nil, &CorruptError{ref.String(), fmt.Errorf("manifest has %d layers, config %d", len(out.Manifest.Layers), len(diffs))}
	}
	ls, err := img.Layers()
	if err != nil {
		return nil, reference.Explain(ref, err)
	}
	for i, l := range ls {
		desc := out.Manifest.Layers[i]
		work := reference.Work{Verb: "reading", What: fmt.Sprintf("layer %d of %d", i+1, len(ls)), Image: ref.String(), Bytes: desc.Size}
		out.Layers = append(out.Layers, &Layer{V1: l, Descriptor: desc, DiffID: diffs[i], work: work, check: ref.Transport() == reference.Memory})
	}
	return out, nil
}

// Compressed is the sum of the layers' blobs in bytes, as `docker manifest inspect` and
// registries show it.
func (img *Image) Compressed() int64 {
	var n int64
	for _, l := range img.Manifest.Layers {
		n += l.Size
	}
	return n
}

// Unpacked is the sum of the uncompressed layers in bytes. All must have been
// read.
func (img *Image) Unpacked() (n int64) {
	for _, b := range img.Layers {
		n += b.Table.Bytes
	}
	return n
}

// compressed opens the layer where the image lies, and reports progress.
func (l *Layer) compressed(p reference.Progress) (io.ReadCloser, error) {
	rc, err := l.V1.Compressed()
	if err != nil {
		return nil, err
	}
	if l.check {
		if rc, err = reference.Verified(rc, l.Descriptor.Digest, l.Descriptor.Size); err != nil {
			return nil, err
		}
	}
	return reference.Counted(p, l.work, rc), nil
}

// DigestOf is the sum of a SHA-256 hash as a digest.
func DigestOf(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: fmt.Sprintf("%x", h.Sum(nil))}
}

// ShareLayers makes both images hold the blobs that they share once, so that each
// is read once. It returns how many they are and the sum of their compressed bytes.
func ShareLayers(before, after *Image) (n int, size int64) {
	for i, a := range after.Layers {
		j := slices.IndexFunc(before.Layers, func(b *Layer) bool { return b.Descriptor.Digest == a.Descriptor.Digest && b.DiffID == a.DiffID })
		if j >= 0 {
			after.Layers[i] = before.Layers[j]
			n++
			size += a.Descriptor.Size
		}
	}
	return n, size
}

// SameRegistry reports whether both lie in one registry, which can then mount
// blobs of one repository into another.
func SameRegistry(a, b reference.Ref) bool {
	return a.Transport() == reference.Registry && b.Transport() == reference.Registry &&
		a.Name().Context().RegistryStr() == b.Name().Context().RegistryStr()
}

// StepText is the instruction that made a layer; "" if history does not say.
func StepText(config *v1.ConfigFile, layer int) string {
	_, text, _ := strings.Cut(imageconfig.LayerText(config, layer), ": ")
	return text
}
