package build

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

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/label"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// Image is an assembled image: raw manifest and config, and layers. Those of the base are
// as they were opened, so that a registry can mount them.
type Image struct {
	mediaType types.MediaType
	manifest  []byte
	config    []byte
	layers    []v1.Layer
}

var _ v1.Image = (*Image)(nil)

// Layers implements [v1.Image].
func (i *Image) Layers() ([]v1.Layer, error) { return i.layers, nil }

// MediaType implements [v1.Image].
func (i *Image) MediaType() (types.MediaType, error) { return i.mediaType, nil }

// Size implements [v1.Image].
func (i *Image) Size() (int64, error) { return int64(len(i.manifest)), nil }

// ConfigName implements [v1.Image].
func (i *Image) ConfigName() (v1.Hash, error) { return partial.ConfigName(i) }

// ConfigFile implements [v1.Image].
func (i *Image) ConfigFile() (*v1.ConfigFile, error) { return partial.ConfigFile(i) }

// RawConfigFile implements [v1.Image].
func (i *Image) RawConfigFile() ([]byte, error) { return i.config, nil }

// Digest implements [v1.Image].
func (i *Image) Digest() (v1.Hash, error) { return partial.Digest(i) }

// Manifest implements [v1.Image].
func (i *Image) Manifest() (*v1.Manifest, error) { return partial.Manifest(i) }

// RawManifest implements [v1.Image].
func (i *Image) RawManifest() ([]byte, error) { return i.manifest, nil }

// LayerByDiffID implements [v1.Image].
func (i *Image) LayerByDiffID(h v1.Hash) (v1.Layer, error) {
	d, err := partial.DiffIDToBlob(i, h)
	if err != nil {
		return nil, err
	}
	return i.LayerByDigest(d)
}

// LayerByDigest implements [v1.Image].
func (i *Image) LayerByDigest(h v1.Hash) (v1.Layer, error) {
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

// Family is the media types of one kind of manifest.
type Family struct{ manifest, index, config, gzip types.MediaType }

var (
	dockerFamily = Family{types.DockerManifestSchema2, types.DockerManifestList, types.DockerConfigJSON, types.DockerLayer}
	ociFamily    = Family{types.OCIManifestSchema1, types.OCIImageIndex, types.OCIConfigJSON, types.OCILayer}
)

// ChooseFamily picks the result's kind of manifest. Layers in zstd make it OCI.
func ChooseFamily(fat, base *image.Image, written compression.Compression, rep *report.Run) Family {
	f := familyFor(fat, base)
	if f != dockerFamily || written != compression.ZStd {
		return f
	}
	lost := ""
	if fat.Config.Config.Healthcheck != nil {
		lost = "; podman will not see its HEALTHCHECK then"
	}
	rep.Warn("media-type", "layers in zstd need an OCI manifest, and the image's is Docker's%s", lost)
	return ociFamily
}

// familyFor picks the source's kind of manifest: under an OCI type some runtimes drop what
// only Docker's config has (HEALTHCHECK). A base with zstd layers, which Docker has no type
// for, makes it OCI.
func familyFor(fat *image.Image, base *image.Image) Family {
	if fat.MediaType != types.DockerManifestSchema2 {
		return ociFamily
	}
	for _, l := range base.Manifest.Layers {
		if l.MediaType == types.OCILayerZStd {
			return ociFamily
		}
	}
	return dockerFamily
}

// layerType is the family's name for a layer of that type.
func (f Family) layerType(t types.MediaType) types.MediaType {
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

// Assembly is what a result is assembled from.
type Assembly struct {
	Family Family
	Fat    *image.Image
	Base   *analyze.Base
	Added  []Layer // over those of the base, lowest first
	// CopyBase says that the base's blobs are copied, not mounted.
	CopyBase bool
	// Note is nil if no later run can know that nothing changed.
	Note     *label.Record
	Settings label.Settings
}

// compose puts the layers and a config on the base. Its blobs are taken from the spool if
// they are copied and lie there.
func (a *Assembly) compose(config []byte, annotations map[string]string) (*Image, error) {
	f := a.Family
	configDigest, configSize, err := v1.SHA256(bytes.NewReader(config))
	if err != nil {
		return nil, err
	}
	m := v1.Manifest{
		SchemaVersion: 2,
		MediaType:     f.manifest,
		Config:        v1.Descriptor{MediaType: f.config, Size: configSize, Digest: configDigest},
	}
	img := &Image{mediaType: f.manifest, config: config}
	for _, bl := range a.Base.Layers {
		m.Layers = append(m.Layers, v1.Descriptor{
			MediaType: f.layerType(bl.Descriptor.MediaType), Size: bl.Descriptor.Size, Digest: bl.Descriptor.Digest, URLs: bl.Descriptor.URLs,
		})
		if a.CopyBase && bl.Disk != nil {
			img.layers = append(img.layers, bl.Disk)
		} else {
			img.layers = append(img.layers, bl.V1)
		}
	}
	for _, l := range a.Added {
		m.Layers = append(m.Layers, l.Descriptor)
		img.layers = append(img.layers, l.Layer)
	}
	if f == ociFamily { // Docker's manifest has no annotations
		m.Annotations = make(map[string]string)
		maps.Copy(m.Annotations, a.Fat.Manifest.Annotations)
		maps.DeleteFunc(m.Annotations, func(k, _ string) bool { return strings.HasPrefix(k, label.Prefix) })
		maps.Copy(m.Annotations, annotations)
	}
	img.manifest, err = json.Marshal(m)
	return img, err
}

// Release takes the layers that were written out of their spool: into a directory, or into
// memory if dir is "".
func (i *Image) Release(from *image.Spool, dir string) error {
	for _, l := range i.layers {
		if l, ok := l.(*image.SpooledLayer); ok {
			if err := from.Release(l, dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// CompressedSize is the sum of the image's layers in bytes, compressed.
func (i *Image) CompressedSize() (n int64) {
	for _, l := range i.layers {
		size, err := l.Size()
		if err == nil {
			n += size
		}
	}
	return n
}

// New puts the layers and the merged config on the base, and notes in the result how it
// was made.
func New(a Assembly) (*Image, error) {
	annotations, err := a.Note.Labels()
	if err != nil {
		return nil, err
	}
	if a.Base.Ref.Transport() != reference.Memory { // else it has no name
		annotations[label.BaseName] = label.NameOfBase(a.Base.Ref)
	}
	annotations[label.BaseDigest] = a.Base.Src.Digest.String()
	annotations[label.Source] = a.Fat.Digest.String()
	labels := annotations
	if a.Family == ociFamily { // the key is in the manifest
		labels = maps.Clone(annotations)
		delete(labels, label.Key)
	}
	config, err := mergeConfig(a.Fat, a.Base.Image, a.Added, labels)
	if err != nil {
		return nil, err
	}
	slim, err := a.compose(config, annotations)
	if err != nil {
		return nil, err
	}
	slim.seal(a.Settings)
	return slim, nil
}

// seal puts the key in its place. An image without one stays as it is.
func (i *Image) seal(settings label.Settings) {
	var config []byte
	if i.mediaType == dockerFamily.manifest { // Docker's manifests have no annotations
		config = i.config
	}
	manifest, config := label.Seal(i.manifest, config, settings)
	i.manifest = manifest
	if config != nil {
		i.config = config
	}
}
