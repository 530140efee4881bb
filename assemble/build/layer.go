package build

import (
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// Layer is a layer that the result has over the base's: one that was written,
// or one of FAT's as it is.
type Layer struct {
	v1.Layer
	Descriptor v1.Descriptor
	diffID     v1.Hash
	// table is a layer's of FAT; what was written is read back.
	table *layers.Table
	// from is "reused" or the part that it holds, and title its content, for
	// people.
	From, Title string
	// history is what FAT's history says of its layer; nil for a written one.
	history any
}

// fromReused is what reports call a layer of FAT that the result holds as it is.
const fromReused = "reused"

// Layers lists the layers over the base, lowest first. If mounted is set, blobs of
// the image lie in the destination's registry and are not copied.
func Layers(fat *image.Image, plan *plan.Plan, written []*image.SpooledLayer, f Family, mounted bool) ([]Layer, error) {
	var out []Layer
	history, err := rawHistory(fat)
	if err != nil {
		return nil, err
	}
	steps := imageconfig.Steps(fat.Config)
	for _, i := range plan.Reused {
		b := fat.Layers[i]
		a := Layer{
			Layer: b.V1, diffID: b.DiffID, table: b.Table,
			Descriptor: v1.Descriptor{MediaType: f.layerType(b.Descriptor.MediaType), Size: b.Descriptor.Size, Digest: b.Descriptor.Digest},
			From:       fromReused, Title: imageconfig.LayerText(fat.Config, i),
		}
		if b.Disk != nil && !mounted {
			a.Layer = b.Disk
		}
		for j, s := range steps {
			if s.Layer == i {
				a.history = history[j]
			}
		}
		out = append(out, a)
	}
	for i, l := range written {
		diffID, _ := l.DiffID() // it was computed while writing
		out = append(out, Layer{
			Layer: l, Descriptor: l.Descriptor(), diffID: diffID,
			From: plan.Layers[i].Part.String(), Title: plan.Layers[i].Title,
		})
	}
	return out, nil
}

// contents returns the layer's table, reading back what was written.
func (a *Layer) contents(plan *plan.Plan, capture layers.Capture) (*layers.Table, error) {
	if a.table != nil {
		return a.table, nil
	}
	table, err := readBack(a.Layer)
	if err != nil {
		return nil, fmt.Errorf("reading back layer %s: %w", a.Descriptor.Digest, err)
	}
	return table, reuseEvidence(table, plan, capture)
}
