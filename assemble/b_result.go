package assemble

import (
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
)

// result is one platform's outcome.
type result struct {
	platform string // in its normal form
	child    reference.Child
	fat      *image
	slim     *slimImage // nil if slimify made the image already: it stays as it is
	base     report.Base
	note     *Record // nil if no later run can know that nothing changed

	baseImage *image             // nil if the image stays as it is
	inventory *extract.Inventory // nil if no document needs it
}

// image is the platform's image in the result.
func (res *result) image() v1.Image {
	if res.slim == nil {
		return res.fat.raw
	}
	return res.slim
}

// slimIndex makes an index of the results with the annotations of the source's.
func slimIndex(fat v1.ImageIndex, results []*result) (v1.ImageIndex, error) {
	mediaType, err := fat.MediaType()
	if err != nil {
		return nil, err
	}
	m, err := fat.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, res := range results {
		if res.slim != nil && res.slim.mediaType == ociFamily.manifest {
			mediaType = ociFamily.index
		}
	}
	index := mutate.IndexMediaType(empty.Index, mediaType)
	for _, res := range results {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: res.image(),
			Descriptor: v1.Descriptor{
				Platform: res.child.Descriptor.Platform, Annotations: res.child.Descriptor.Annotations,
			},
		})
	}
	annotations := maps.Clone(m.Annotations)
	maps.DeleteFunc(annotations, func(k, _ string) bool { return strings.HasPrefix(k, labelPrefix) })
	if len(annotations) > 0 {
		index = mutate.Annotations(index, annotations).(v1.ImageIndex)
	}
	return index, nil
}

// sealIndex notes on an index of results how they were made, if its type has
// annotations and all stand on one base. source is the digest of the source.
func sealIndex(index v1.ImageIndex, source v1.Hash, results []*result, settings Settings) (v1.ImageIndex, error) {
	mediaType, err := index.MediaType()
	if err != nil || mediaType != ociFamily.index || results[0].note == nil {
		return index, err
	}
	all := *results[0].note
	all.Platform, all.Undecided = "", slices.Clone(all.Undecided)
	for _, res := range results[1:] {
		if res.note == nil || res.base != results[0].base || res.note.Python != all.Python || res.note.Suite != all.Suite {
			return index, nil
		}
		all.Undecided = set(append(all.Undecided, res.note.Undecided...))
	}
	annotations, err := all.Labels()
	if err != nil {
		return nil, err
	}
	annotations[labelBaseName], annotations[labelBaseDigest] = results[0].base.Ref, results[0].base.Digest.String()
	annotations[labelSource] = source.String()
	index = mutate.Annotations(index, annotations).(v1.ImageIndex)
	manifest, err := index.RawManifest()
	if err != nil {
		return nil, err
	}
	return mutate.Annotations(index, map[string]string{labelKey: keyOf(settings, manifest)}).(v1.ImageIndex), nil
}
