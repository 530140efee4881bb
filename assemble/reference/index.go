package reference

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// checkedIndex is the index that Open returns. It reads each child once, checks it
// with checkManifest and bounds the nesting. Images are those of the inner index,
// so that a registry's layers can be mounted.
type checkedIndex struct {
	inner     v1.ImageIndex
	ref       string
	ancestors []v1.Hash // from the top, this index last

	mu       sync.Mutex
	children map[v1.Hash]partial.Describable // v1.Image or *checkedIndex
}

var _ v1.ImageIndex = (*checkedIndex)(nil)

func newCheckedIndex(x v1.ImageIndex, ref string, ancestors []v1.Hash) (*checkedIndex, error) {
	digest, err := x.Digest()
	if err != nil {
		return nil, err
	}
	switch {
	case slices.Contains(ancestors, digest):
		return nil, &UnsupportedError{Ref: ref, Reason: fmt.Sprintf("the index %s names itself", digest)}
	case len(ancestors) >= maxNesting:
		return nil, &UnsupportedError{Ref: ref, Reason: fmt.Sprintf("its indexes are nested deeper than %d", maxNesting)}
	}
	m, err := x.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, desc := range m.Manifests {
		if desc.Digest == digest {
			return nil, &UnsupportedError{Ref: ref, Reason: fmt.Sprintf("the index %s names itself", digest)}
		}
	}
	return &checkedIndex{
		inner: x, ref: ref,
		ancestors: append(slices.Clone(ancestors), digest),
		children:  map[v1.Hash]partial.Describable{},
	}, nil
}

func (x *checkedIndex) MediaType() (types.MediaType, error) { return x.inner.MediaType() }
func (x *checkedIndex) Digest() (v1.Hash, error)            { return x.inner.Digest() }
func (x *checkedIndex) Size() (int64, error)                { return x.inner.Size() }
func (x *checkedIndex) RawManifest() ([]byte, error)        { return x.inner.RawManifest() }
func (x *checkedIndex) IndexManifest() (*v1.IndexManifest, error) {
	return x.inner.IndexManifest()
}

// Image implements v1.ImageIndex.
func (x *checkedIndex) Image(h v1.Hash) (v1.Image, error) {
	child, err := x.child(h, func() (partial.Describable, error) {
		img, err := x.inner.Image(h)
		if err != nil {
			return nil, err
		}
		return img, x.check(h, img)
	})
	if err != nil {
		return nil, err
	}
	img, ok := child.(v1.Image)
	if !ok {
		return nil, fmt.Errorf("reading image %s: it is an index", h)
	}
	return img, nil
}

// ImageIndex implements v1.ImageIndex.
func (x *checkedIndex) ImageIndex(h v1.Hash) (v1.ImageIndex, error) {
	child, err := x.child(h, func() (partial.Describable, error) {
		inner, err := x.inner.ImageIndex(h)
		if err != nil {
			return nil, err
		}
		if err := x.check(h, inner); err != nil {
			return nil, err
		}
		return newCheckedIndex(inner, x.ref, x.ancestors)
	})
	if err != nil {
		return nil, err
	}
	idx, ok := child.(v1.ImageIndex)
	if !ok {
		return nil, fmt.Errorf("reading index %s: it is an image", h)
	}
	return idx, nil
}

// child reads a child once. It holds the lock while reading, so that a second
// reader waits for the first.
func (x *checkedIndex) child(h v1.Hash, read func() (partial.Describable, error)) (partial.Describable, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if child, ok := x.children[h]; ok {
		return child, nil
	}
	child, err := read()
	if err != nil {
		return nil, err
	}
	x.children[h] = child
	return child, nil
}

// check checks a child's manifest with checkManifest.
func (x *checkedIndex) check(h v1.Hash, child partial.WithRawManifest) error {
	desc, err := childDescriptor(x.inner, h)
	if err != nil {
		return err
	}
	raw, err := child.RawManifest()
	if err != nil {
		return err
	}
	if _, err := checkManifest(raw, desc.MediaType); err != nil {
		return &UnsupportedError{Ref: x.ref + ", child " + h.String(), Reason: err.Error()}
	}
	return nil
}

// Layer returns a child that is neither image nor index, for partial.Manifests.
func (x *checkedIndex) Layer(h v1.Hash) (v1.Layer, error) {
	inner, ok := x.inner.(interface {
		Layer(v1.Hash) (v1.Layer, error)
	})
	if !ok {
		return nil, errors.New("the index gives no access to its blobs")
	}
	return inner.Layer(h)
}

// Child is an image in a source: the source itself or a leaf of its index.
type Child struct {
	// Descriptor is the index's entry, which may have a platform. For a source
	// with a single image it has none.
	Descriptor v1.Descriptor

	image  v1.Image
	parent v1.ImageIndex
}

// Image reads the child's manifest, once.
func (c Child) Image() (v1.Image, error) {
	if c.image != nil {
		return c.image, nil
	}
	return c.parent.Image(c.Descriptor.Digest)
}

// IsAttestation reports whether the child is BuildKit's provenance or SBOM for
// another one rather than an image.
func (c Child) IsAttestation() bool { return isAttestation(c.Descriptor) }

// maxLeaves bounds the images in an index: real ones have a dozen.
const maxLeaves = 1000

// leaves lists the images in an index in order, including those of nested
// indexes. It skips other children and nested indexes that are listed already.
// It reads nested indexes but no images.
func leaves(x v1.ImageIndex) ([]Child, error) {
	var all []Child
	seen := make(map[v1.Hash]bool)
	var list func(x v1.ImageIndex) error
	list = func(x v1.ImageIndex) error {
		m, err := x.IndexManifest()
		if err != nil {
			return err
		}
		for _, desc := range m.Manifests {
			switch {
			case desc.MediaType.IsImage():
				if len(all) == maxLeaves {
					return fmt.Errorf("the index has more than %d images", maxLeaves)
				}
				all = append(all, Child{Descriptor: desc, parent: x})
			case desc.MediaType.IsIndex() && !seen[desc.Digest]:
				seen[desc.Digest] = true
				inner, err := x.ImageIndex(desc.Digest)
				if err != nil {
					return err
				}
				if err := list(inner); err != nil {
					return err
				}
			}
		}
		return nil
	}
	err := list(x)
	return all, err
}

// isAttestation reports whether a child is BuildKit's provenance or SBOM rather
// than an image.
func isAttestation(desc v1.Descriptor) bool {
	p := desc.Platform
	return p != nil && p.OS == "unknown" && p.Architecture == "unknown" ||
		desc.Annotations["vnd.docker.reference.type"] != ""
}
