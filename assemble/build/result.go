package build

import (
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/label"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/inventory"
)

// Result is one platform's outcome.
type Result struct {
	Platform string // in its normal form
	Child    reference.Child
	Fat      *image.Image
	Slim     *Image // nil if slimify made the image already: it stays as it is
	Base     report.Base
	Note     *label.Record // nil if no later run can know that nothing changed

	BaseImage *image.Image         // nil if the image stays as it is
	Inventory *inventory.Inventory // nil if no document needs it
}

// image is the platform's image in the result.
func (res *Result) image() v1.Image {
	if res.Slim == nil {
		return res.Fat.V1
	}
	return res.Slim
}

// NewIndex makes an index of the results with the annotations of the source's.
func NewIndex(fat v1.ImageIndex, results []*Result) (v1.ImageIndex, error) {
	mediaType, err := fat.MediaType()
	if err != nil {
		return nil, err
	}
	m, err := fat.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, res := range results {
		if res.Slim != nil && res.Slim.mediaType == ociFamily.manifest {
			mediaType = ociFamily.index
		}
	}
	index := mutate.IndexMediaType(empty.Index, mediaType)
	for _, res := range results {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: res.image(),
			Descriptor: v1.Descriptor{
				Platform: res.Child.Descriptor.Platform, Annotations: res.Child.Descriptor.Annotations,
			},
		})
	}
	annotations := maps.Clone(m.Annotations)
	maps.DeleteFunc(annotations, func(k, _ string) bool { return strings.HasPrefix(k, label.Prefix) })
	if len(annotations) > 0 {
		index = mutate.Annotations(index, annotations).(v1.ImageIndex)
	}
	return index, nil
}

// SealIndex notes on an index of results how they were made, if its type has
// annotations and all stand on one base. source is the digest of the source.
func SealIndex(index v1.ImageIndex, source v1.Hash, results []*Result, settings label.Settings) (v1.ImageIndex, error) {
	mediaType, err := index.MediaType()
	if err != nil || mediaType != ociFamily.index || results[0].Note == nil {
		return index, err
	}
	all := *results[0].Note
	all.Platform, all.Undecided = "", slices.Clone(all.Undecided)
	for _, res := range results[1:] {
		if res.Note == nil || res.Base != results[0].Base || res.Note.Runtime != all.Runtime || res.Note.Release != all.Release {
			return index, nil
		}
		all.Undecided = label.Sorted(append(all.Undecided, res.Note.Undecided...))
	}
	annotations, err := all.Labels()
	if err != nil {
		return nil, err
	}
	annotations[label.BaseName], annotations[label.BaseDigest] = results[0].Base.Ref, results[0].Base.Digest.String()
	annotations[label.Source] = source.String()
	index = mutate.Annotations(index, annotations).(v1.ImageIndex)
	manifest, err := index.RawManifest()
	if err != nil {
		return nil, err
	}
	return mutate.Annotations(index, map[string]string{label.Key: label.KeyOf(settings, manifest)}).(v1.ImageIndex), nil
}
