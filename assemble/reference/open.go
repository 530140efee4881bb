package reference

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Source is an opened reference: one image, or an index of several.
type Source struct {
	// Ref is the opened reference as the user typed it.
	Ref Ref
	// Digest is the manifest's or the index's, or for a Docker archive, which has
	// no manifest, the config's (Docker's image ID).
	Digest v1.Hash
	// MediaType is the manifest's own. A Docker archive's images count as Docker's
	// schema 2.
	MediaType types.MediaType

	// Image and Index are the content. Exactly one is not nil.
	Image v1.Image
	Index v1.ImageIndex

	close func() error
	tail  func(ctx context.Context, blob v1.Descriptor, n int64) (io.ReadCloser, error) // nil if not supported
}

// Close closes the source's files. Images, layers and readers from it must not be
// used afterwards.
func (s *Source) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

// Children lists the images in the source: itself, or the leaves of its index
// in order, attestations included. It reads no image manifest.
func (s *Source) Children() ([]Child, error) {
	if s.Index != nil {
		return leaves(s.Index)
	}
	raw, err := s.Image.RawManifest()
	if err != nil {
		return nil, err
	}
	digest, err := s.Image.Digest()
	if err != nil {
		return nil, err
	}
	desc := v1.Descriptor{MediaType: s.MediaType, Digest: digest, Size: int64(len(raw))}
	return []Child{{Descriptor: desc, image: s.Image}}, nil
}

// Open opens an image for reading. It requests one manifest from a registry;
// children, configs and layers are requested when they are used, each manifest
// once. The source keeps using ctx.
//
// Errors are *NotFoundError, *AuthError, *UnreachableError, *RegistryError,
// *UnsupportedError (a format that is refused), *CorruptError, *AmbiguousError (a
// file with several images), *OutputError (the spool) or ctx's.
func (s *Session) Open(ctx context.Context, ref Ref) (*Source, error) {
	switch ref.transport {
	case Registry:
		return s.openRegistry(ctx, ref)
	case OCI:
		return openDir(ref)
	case OCIArchive, DockerArchive:
		return s.openArchive(ctx, ref)
	default:
		return nil, &ParseError{Ref: ref.String(), Cause: errors.New("it is empty")}
	}
}

// openRegistry tries the mirror first, if there is one, and after any failure
// the registry itself.
func (s *Session) openRegistry(ctx context.Context, ref Ref) (*Source, error) {
	var src *Source
	var err error
	for _, image := range s.pullNames(ref) {
		src, err = s.pull(ctx, ref, image)
		if err == nil {
			src.tail = s.tail(image)
			return src, nil
		}
		if canceled(ctx, err) {
			return nil, err
		}
	}
	return nil, Explain(ref, err)
}

func (s *Session) pull(ctx context.Context, ref Ref, image name.Reference) (*Source, error) {
	c, err := s.at(image.Context().Registry)
	if err != nil {
		return nil, err
	}
	desc, err := c.puller.Get(ctx, image)
	if errors.Is(err, errManifestSize) {
		return nil, &UnsupportedError{Ref: ref.String(), Reason: errManifestSize.Error()}
	}
	if err != nil {
		return nil, err
	}
	desc.MediaType, err = checkManifest(desc.Manifest, desc.MediaType)
	if err != nil {
		return nil, &UnsupportedError{Ref: ref.String(), Reason: err.Error()}
	}
	if desc.MediaType.IsIndex() {
		index, err := desc.ImageIndex()
		if err != nil {
			return nil, err
		}
		return indexSource(ref, index)
	}
	img, err := desc.Image()
	if err != nil {
		return nil, err
	}
	return &Source{Ref: ref, Digest: desc.Digest, MediaType: desc.MediaType, Image: img}, nil
}

func indexSource(ref Ref, index v1.ImageIndex) (*Source, error) {
	checked, err := newCheckedIndex(index, ref.String(), nil)
	if err != nil {
		return nil, err
	}
	digest, err := checked.Digest()
	if err != nil {
		return nil, err
	}
	mt, err := checked.MediaType()
	if err != nil {
		return nil, err
	}
	return &Source{Ref: ref, Digest: digest, MediaType: mt, Index: checked}, nil
}

// sourceOf opens the image or index of a descriptor in a store.
func sourceOf(ref Ref, st *store, desc v1.Descriptor) (*Source, error) {
	if desc.Size > maxManifest {
		return nil, &UnsupportedError{Ref: ref.String(), Reason: errManifestSize.Error()}
	}
	raw, err := st.read(desc, maxManifest)
	if err != nil {
		return nil, err
	}
	mt, err := checkManifest(raw, desc.MediaType)
	if err != nil {
		return nil, &UnsupportedError{Ref: ref.String(), Reason: err.Error()}
	}
	if mt.IsIndex() {
		src, err := indexSource(ref, &storeIndex{store: st, mediaType: mt, raw: raw})
		if err != nil {
			return nil, err
		}
		src.tail = st.tail
		return src, nil
	}
	img, err := newStoreImage(st, raw, mt)
	if err != nil {
		return nil, fmt.Errorf("reading manifest of %q: %w", ref, err)
	}
	return &Source{Ref: ref, Digest: desc.Digest, MediaType: mt, Image: img, tail: st.tail}, nil
}

// ambiguous is the error for a file with several images and a reference that
// selects none.
func ambiguous(ref Ref, names []string) error {
	e := &AmbiguousError{Ref: ref.String()}
	for _, n := range names {
		if n == "" {
			e.Unnamed++
			continue
		}
		e.Choices = append(e.Choices, ref.Repository()+":"+n)
	}
	slices.Sort(e.Choices)
	e.Choices = slices.Compact(e.Choices)
	return e
}
