package assemble

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// slimImage is an assembled image: raw manifest and config, and layers of
// which the base's stay what they were opened as, so that a registry can mount
// them.
type slimImage struct {
	mediaType types.MediaType
	manifest  []byte
	config    []byte
	layers    []v1.Layer
}

var _ v1.Image = (*slimImage)(nil)

func (i *slimImage) Layers() ([]v1.Layer, error)         { return i.layers, nil }
func (i *slimImage) MediaType() (types.MediaType, error) { return i.mediaType, nil }
func (i *slimImage) Size() (int64, error)                { return int64(len(i.manifest)), nil }
func (i *slimImage) ConfigName() (v1.Hash, error)        { return partial.ConfigName(i) }
func (i *slimImage) ConfigFile() (*v1.ConfigFile, error) { return partial.ConfigFile(i) }
func (i *slimImage) RawConfigFile() ([]byte, error)      { return i.config, nil }
func (i *slimImage) Digest() (v1.Hash, error)            { return partial.Digest(i) }
func (i *slimImage) Manifest() (*v1.Manifest, error)     { return partial.Manifest(i) }
func (i *slimImage) RawManifest() ([]byte, error)        { return i.manifest, nil }
func (i *slimImage) LayerByDiffID(h v1.Hash) (v1.Layer, error) {
	d, err := partial.DiffIDToBlob(i, h)
	if err != nil {
		return nil, err
	}
	return i.LayerByDigest(d)
}

func (i *slimImage) LayerByDigest(h v1.Hash) (v1.Layer, error) {
	if name, err := i.ConfigName(); err == nil && name == h {
		return partial.ConfigLayer(i)
	}
	for _, l := range i.layers {
		if d, err := l.Digest(); err == nil && d == h {
			return l, nil
		}
	}
	return nil, fmt.Errorf("image has no blob %s", h)
}

// chooseFamily is the media types of one kind of manifest.
type family struct{ manifest, index, config, gzip types.MediaType }

var (
	dockerFamily = family{types.DockerManifestSchema2, types.DockerManifestList, types.DockerConfigJSON, types.DockerLayer}
	ociFamily    = family{types.OCIManifestSchema1, types.OCIImageIndex, types.OCIConfigJSON, types.OCILayer}
)

// chooseFamily picks the result's kind of manifest. Layers in zstd make it OCI.
func chooseFamily(fat, base *image, written compression.Compression, rep *report.Run) family {
	f := familyFor(fat, base)
	if f != dockerFamily || written != compression.ZStd {
		return f
	}
	lost := ""
	if fat.config.Config.Healthcheck != nil {
		lost = "; podman will not see its HEALTHCHECK then"
	}
	rep.Warn("media-type", "layers in zstd need an OCI manifest, and the image's is Docker's%s", lost)
	return ociFamily
}

// familyFor picks FAT's kind of manifest: under an OCI type some runtimes drop
// what only Docker's config knows (HEALTHCHECK). A base with zstd layers, which
// Docker's types have no name for, makes it OCI.
func familyFor(fat *image, base *image) family {
	if fat.mediaType != types.DockerManifestSchema2 {
		return ociFamily
	}
	for _, l := range base.manifest.Layers {
		if l.MediaType == types.OCILayerZStd {
			return ociFamily
		}
	}
	return dockerFamily
}

// layerType is the family's name for a layer of that type.
func (f family) layerType(t types.MediaType) types.MediaType {
	switch t {
	case types.DockerLayer, types.OCILayer:
		return f.gzip
	case types.DockerUncompressedLayer, types.OCIUncompressedLayer:
		if f == ociFamily {
			return types.OCIUncompressedLayer
		}
		return types.DockerUncompressedLayer
	}
	return t
}

// compose puts layers and a config on the base. Its blobs are taken from the spool if
// copyBase is set and they are there.
func compose(f family, fat *image, b *Base, added []addition, config []byte, annotations map[string]string, copyBase bool) (*slimImage, error) {
	configDigest, configSize, err := v1.SHA256(bytes.NewReader(config))
	if err != nil {
		return nil, err
	}
	m := v1.Manifest{
		SchemaVersion: 2,
		MediaType:     f.manifest,
		Config:        v1.Descriptor{MediaType: f.config, Size: configSize, Digest: configDigest},
	}
	img := &slimImage{mediaType: f.manifest, config: config}
	for _, bl := range b.layers {
		m.Layers = append(m.Layers, v1.Descriptor{
			MediaType: f.layerType(bl.desc.MediaType), Size: bl.desc.Size, Digest: bl.desc.Digest, URLs: bl.desc.URLs,
		})
		if copyBase && bl.disk != nil {
			img.layers = append(img.layers, bl.disk)
		} else {
			img.layers = append(img.layers, bl.layer)
		}
	}
	for _, l := range added {
		m.Layers = append(m.Layers, l.desc)
		img.layers = append(img.layers, l.Layer)
	}
	if f == ociFamily { // Docker's manifest has no annotations
		m.Annotations = make(map[string]string)
		maps.Copy(m.Annotations, fat.manifest.Annotations)
		maps.DeleteFunc(m.Annotations, func(k, _ string) bool { return strings.HasPrefix(k, labelPrefix) })
		maps.Copy(m.Annotations, annotations)
	}
	img.manifest, err = json.Marshal(m)
	return img, err
}

// size is the sum of the image's layers in bytes, compressed.
func (i *slimImage) size() (n int64) {
	for _, l := range i.layers {
		size, err := l.Size()
		if err == nil {
			n += size
		}
	}
	return n
}

// newSlimImage puts layers and the merged config on the base, and notes in the result
// how it was made. note is nil if no later run can know that nothing changed. copyBase
// says that the base's blobs are copied, not mounted.
func newSlimImage(f family, fat *image, b *Base, added []addition, note *Record, settings Settings, copyBase bool) (*slimImage, error) {
	annotations, err := note.Labels()
	if err != nil {
		return nil, err
	}
	if b.ref.Transport() != reference.Memory { // else it has no name
		annotations[labelBaseName] = nameOfBase(b.ref)
	}
	annotations[labelBaseDigest] = b.src.Digest.String()
	annotations[labelSource] = fat.digest.String()
	labels := annotations
	if f == ociFamily { // the key is in the manifest
		labels = maps.Clone(annotations)
		delete(labels, labelKey)
	}
	config, err := mergeConfig(fat, b.image, added, labels)
	if err != nil {
		return nil, err
	}
	slim, err := compose(f, fat, b, added, config, annotations, copyBase)
	if err != nil {
		return nil, err
	}
	slim.seal(settings)
	return slim, nil
}

// seal puts the key in its place. An image without one stays as it is.
func (i *slimImage) seal(settings Settings) {
	var config []byte
	if i.mediaType == dockerFamily.manifest { // Docker's manifests have no annotations
		config = i.config
	}
	manifest, config := seal(i.manifest, config, settings)
	i.manifest = manifest
	if config != nil {
		i.config = config
	}
}
