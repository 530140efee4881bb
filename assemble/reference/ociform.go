package reference

import (
	"encoding/json"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Identity is what [Session.Write] would return for an artifact: the digest of
// its manifest in ref's format, or the image ID in a Docker archive.
func Identity(ref Ref, a Artifact) (v1.Hash, error) {
	if ref.transport == DockerArchive {
		img, err := singleImage(ref, a)
		if err != nil {
			return v1.Hash{}, err
		}
		return img.ConfigName()
	}
	a, err := form(ref, a)
	if err != nil {
		return v1.Hash{}, err
	}
	return a.Digest()
}

// Describe returns the descriptor of an artifact's manifest in ref's format, as
// the subject of attachments.
func Describe(ref Ref, a Artifact) (v1.Descriptor, error) {
	a, err := form(ref, a)
	if err != nil {
		return v1.Descriptor{}, err
	}
	return descriptor(a, "")
}

// form returns the artifact in ref's format. OCI layouts get OCI manifests: the
// specification allows others, but skopeo, podman and umoci ignore them. Config
// and layers have the same bytes in both formats.
func form(ref Ref, a Artifact) (Artifact, error) {
	if ref.transport != OCI && ref.transport != OCIArchive {
		return a, nil
	}
	switch a := a.(type) {
	case v1.Image:
		return ociImage(a)
	case v1.ImageIndex:
		return ociIndex(a)
	default:
		return nil, fmt.Errorf("%T is neither image nor index", a)
	}
}

// ociTypes are OCI's names for Docker's media types.
var ociTypes = map[types.MediaType]types.MediaType{
	types.DockerManifestSchema2:   types.OCIManifestSchema1,
	types.DockerManifestList:      types.OCIImageIndex,
	types.DockerConfigJSON:        types.OCIConfigJSON,
	types.DockerLayer:             types.OCILayer,
	types.DockerUncompressedLayer: types.OCIUncompressedLayer,
	types.DockerForeignLayer:      types.OCIRestrictedLayer,
}

func ociType(t types.MediaType) types.MediaType {
	if oci, ok := ociTypes[t]; ok {
		return oci
	}
	return t
}

// renamedImage is an image with another manifest.
type renamedImage struct {
	v1.Image
	mediaType types.MediaType
	raw       []byte
}

var _ v1.Image = (*renamedImage)(nil)

func (i *renamedImage) MediaType() (types.MediaType, error) { return i.mediaType, nil }
func (i *renamedImage) RawManifest() ([]byte, error)        { return i.raw, nil }
func (i *renamedImage) Manifest() (*v1.Manifest, error)     { return partial.Manifest(i) }
func (i *renamedImage) Digest() (v1.Hash, error)            { return partial.Digest(i) }
func (i *renamedImage) Size() (int64, error)                { return int64(len(i.raw)), nil }

// ociImage converts an image to OCI's media types.
func ociImage(img v1.Image) (v1.Image, error) {
	mt, err := img.MediaType()
	if err != nil || mt != types.DockerManifestSchema2 {
		return img, err
	}
	m, err := img.Manifest()
	if err != nil {
		return nil, fmt.Errorf("reading manifest: %w", err)
	}
	m = m.DeepCopy()
	m.MediaType = ociType(m.MediaType)
	m.Config.MediaType = ociType(m.Config.MediaType)
	for i := range m.Layers {
		m.Layers[i].MediaType = ociType(m.Layers[i].MediaType)
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encoding manifest: %w", err)
	}
	return &renamedImage{img, m.MediaType, raw}, nil
}

// ociIndex converts an index and its images to OCI's media types.
func ociIndex(index v1.ImageIndex) (v1.ImageIndex, error) {
	mt, err := index.MediaType()
	if err != nil || mt != types.DockerManifestList {
		return index, err
	}
	m, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("reading index: %w", err)
	}
	out := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, desc := range m.Manifests {
		if !desc.MediaType.IsImage() {
			return nil, fmt.Errorf("index holds a %s: an OCI layout cannot", desc.MediaType)
		}
		img, err := index.Image(desc.Digest)
		if err != nil {
			return nil, err
		}
		if img, err = ociImage(img); err != nil {
			return nil, err
		}
		out = mutate.AppendManifests(out, mutate.IndexAddendum{
			Add: img, Descriptor: v1.Descriptor{Platform: desc.Platform, Annotations: desc.Annotations},
		})
	}
	return out, nil
}
