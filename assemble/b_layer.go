package assemble

import (
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// addition is a layer that the result has over the base's: one that was written,
// or one of FAT's as it is.
type addition struct {
	v1.Layer
	desc   v1.Descriptor
	diffID v1.Hash
	// table is a layer's of FAT; what was written is read back.
	table *layers.Table
	// from is "reused" or the part that it holds, and title its content, for
	// people.
	from, title string
	// history is what FAT's history says of its layer; nil for a written one.
	history any
}

// fromReused is what reports call a layer of FAT that the result holds as it is.
const fromReused = "reused"

// additionsOf lists the layers over the base, lowest first. If mounted is set, blobs of
// the image lie in the destination's registry and are not copied.
func additionsOf(fat *image, plan *extract.Plan, written []*spooledLayer, f family, mounted bool) ([]addition, error) {
	var out []addition
	history, err := rawHistory(fat)
	if err != nil {
		return nil, err
	}
	steps := imageconfig.Steps(fat.config)
	for _, i := range plan.Reused {
		b := fat.layers[i]
		a := addition{
			Layer: b.layer, diffID: b.diffID, table: b.table,
			desc: v1.Descriptor{MediaType: f.layerType(b.desc.MediaType), Size: b.desc.Size, Digest: b.desc.Digest},
			from: fromReused, title: imageconfig.LayerText(fat.config, i),
		}
		if b.disk != nil && !mounted {
			a.Layer = b.disk
		}
		for j, s := range steps {
			if s.Layer == i {
				a.history = history[j]
			}
		}
		out = append(out, a)
	}
	for i, l := range written {
		out = append(out, addition{
			Layer: l, desc: v1.Descriptor{MediaType: l.mediaType, Size: l.size, Digest: l.digest}, diffID: l.diffID,
			from: plan.Layers[i].Part.String(), title: plan.Layers[i].Title,
		})
	}
	return out, nil
}

// contents returns the layer's table, reading back what was written.
func (a *addition) contents(plan *extract.Plan, capture layers.Capture) (*layers.Table, error) {
	if a.table != nil {
		return a.table, nil
	}
	table, err := readBack(a.Layer)
	if err != nil {
		return nil, fmt.Errorf("reading back layer %s: %w", a.desc.Digest, err)
	}
	return table, reuseEvidence(table, plan, capture)
}
