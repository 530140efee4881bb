package reference

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// store holds the blobs of an image in files: those of an OCI layout, or those in a
// Docker archive's manifest.json.
type store struct {
	fsys fs.FS
	path func(v1.Hash) string // the file of a blob, "" for none
}

// layoutPath is the path of a blob in an OCI layout.
func layoutPath(h v1.Hash) string { return "blobs/" + h.Algorithm + "/" + h.Hex }

// open returns a blob that is verified by digest and size while it is read. The
// caller must read it to io.EOF.
func (s *store) open(digest v1.Hash, size int64) (io.ReadCloser, error) {
	f, err := openFile(s.fsys, s.path(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &CorruptError{Object: "blob " + digest.String(), Cause: errors.New("it is missing")}
	}
	if err != nil {
		return nil, fmt.Errorf("opening blob %s: %w", digest, err)
	}
	return verify(f, digest, size)
}

// read returns the content of a small blob.
func (s *store) read(desc v1.Descriptor, limit int64) ([]byte, error) {
	rc, err := s.open(desc.Digest, desc.Size)
	if err != nil {
		return nil, err
	}
	raw, err := readAll(rc, desc.Size, limit)
	if err != nil {
		return nil, fmt.Errorf("reading blob %s: %w", desc.Digest, err)
	}
	return raw, nil
}

// openFile opens a regular file. Others are refused before they are opened: a fifo
// would block for ever.
func openFile(fsys fs.FS, name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%q is not a regular file", name)
	}
	return fsys.Open(name)
}

// storeImage is an image in a store, which partial extends to a v1.Image.
type storeImage struct {
	store     *store
	mediaType types.MediaType
	raw       []byte
	manifest  *v1.Manifest
	config    func() ([]byte, error) // once
}

var _ partial.CompressedImageCore = (*storeImage)(nil)

// newStoreImage returns the image of a manifest that checkManifest accepted.
func newStoreImage(s *store, raw []byte, mt types.MediaType) (v1.Image, error) {
	i := &storeImage{store: s, mediaType: mt, raw: raw}
	var err error
	if i.manifest, err = partial.Manifest(i); err != nil {
		return nil, err
	}
	i.config = sync.OnceValues(func() ([]byte, error) {
		return s.read(i.manifest.Config, maxConfig)
	})
	return partial.CompressedToImage(i)
}

func (i *storeImage) MediaType() (types.MediaType, error) { return i.mediaType, nil }
func (i *storeImage) RawManifest() ([]byte, error)        { return i.raw, nil }
func (i *storeImage) RawConfigFile() ([]byte, error)      { return i.config() }
func (i *storeImage) ConfigFile() (*v1.ConfigFile, error) { return partial.ConfigFile(i) }
func (i *storeImage) Manifest() (*v1.Manifest, error)     { return i.manifest, nil }
func (i *storeImage) blob(h v1.Hash) (partial.CompressedLayer, error) {
	desc, err := partial.BlobDescriptor(i, h)
	if err != nil {
		return nil, err
	}
	return &storeLayer{image: i, desc: *desc}, nil
}

// LayerByDigest implements partial.CompressedImageCore.
func (i *storeImage) LayerByDigest(h v1.Hash) (partial.CompressedLayer, error) { return i.blob(h) }

// storeLayer is a layer, or the config, of a storeImage.
type storeLayer struct {
	image *storeImage
	desc  v1.Descriptor
}

var (
	_ partial.CompressedLayer = (*storeLayer)(nil)
	_ partial.WithDiffID      = (*storeLayer)(nil)
)

func (l *storeLayer) Digest() (v1.Hash, error)            { return l.desc.Digest, nil }
func (l *storeLayer) Size() (int64, error)                { return l.desc.Size, nil }
func (l *storeLayer) MediaType() (types.MediaType, error) { return l.desc.MediaType, nil }
func (l *storeLayer) Descriptor() (*v1.Descriptor, error) { return &l.desc, nil }
func (l *storeLayer) Compressed() (io.ReadCloser, error) {
	return l.image.store.open(l.desc.Digest, l.desc.Size)
}

// DiffID is the config's, so that the layer need not be decompressed.
func (l *storeLayer) DiffID() (v1.Hash, error) {
	return partial.BlobToDiffID(l.image, l.desc.Digest)
}

// storeIndex is an image index in a store.
type storeIndex struct {
	store     *store
	mediaType types.MediaType
	raw       []byte
}

var _ v1.ImageIndex = (*storeIndex)(nil)

func (x *storeIndex) MediaType() (types.MediaType, error) { return x.mediaType, nil }
func (x *storeIndex) Digest() (v1.Hash, error)            { return partial.Digest(x) }
func (x *storeIndex) Size() (int64, error)                { return partial.Size(x) }
func (x *storeIndex) RawManifest() ([]byte, error)        { return x.raw, nil }
func (x *storeIndex) IndexManifest() (*v1.IndexManifest, error) {
	return v1.ParseIndexManifest(bytes.NewReader(x.raw))
}

func (x *storeIndex) Image(h v1.Hash) (v1.Image, error) {
	raw, mt, err := x.child(h)
	if err != nil {
		return nil, err
	}
	return newStoreImage(x.store, raw, mt)
}

func (x *storeIndex) ImageIndex(h v1.Hash) (v1.ImageIndex, error) {
	raw, mt, err := x.child(h)
	if err != nil {
		return nil, err
	}
	return &storeIndex{store: x.store, mediaType: mt, raw: raw}, nil
}

// Layer returns a child that is neither image nor index, for partial.Manifests.
func (x *storeIndex) Layer(h v1.Hash) (v1.Layer, error) {
	desc, err := childDescriptor(x, h)
	if err != nil {
		return nil, err
	}
	image := &storeImage{store: x.store, manifest: &v1.Manifest{}}
	return partial.CompressedToLayer(&storeLayer{image: image, desc: *desc})
}

func (x *storeIndex) child(h v1.Hash) ([]byte, types.MediaType, error) {
	desc, err := childDescriptor(x, h)
	if err != nil {
		return nil, "", err
	}
	raw, err := x.store.read(*desc, maxManifest)
	if err != nil {
		return nil, "", err
	}
	mt, err := checkManifest(raw, desc.MediaType)
	return raw, mt, err
}

// childDescriptor finds a child of an index by its digest.
func childDescriptor(x v1.ImageIndex, h v1.Hash) (*v1.Descriptor, error) {
	m, err := x.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, desc := range m.Manifests {
		if desc.Digest == h {
			return &desc, nil
		}
	}
	return nil, fmt.Errorf("the index has no child %s", h)
}
