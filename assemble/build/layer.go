package build

import (
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// Layer is a layer of the result over those of the base: a new one, or a reused one of the
// source.
type Layer struct {
	v1.Layer
	Descriptor v1.Descriptor
	diffID     v1.Hash
	// table is that of a reused layer; a new one is read back.
	table *layers.Table
	// From is "reused" or the part that it holds, and Title its content, for people.
	From, Title string
	// history is the source's entry for a reused layer; nil for a new one.
	history any
}

// fromReused is how reports name a reused layer.
const fromReused = "reused"

// Layers lists the layers over the base, lowest first. If mounted is set, blobs of the
// image are in the destination's registry and are not copied.
func Layers(fat *image.Image, planned *plan.Plan, written []*image.SpooledLayer, f Family, mounted bool) ([]Layer, error) {
	var out []Layer
	history, err := rawHistory(fat)
	if err != nil {
		return nil, err
	}
	steps := imageconfig.Steps(fat.Config)
	for _, i := range planned.Reused {
		b := fat.Layers[i]
		l := Layer{
			Layer: b.V1, diffID: b.DiffID, table: b.Table,
			Descriptor: v1.Descriptor{MediaType: f.layerType(b.Descriptor.MediaType), Size: b.Descriptor.Size, Digest: b.Descriptor.Digest},
			From:       fromReused, Title: imageconfig.LayerText(fat.Config, i),
		}
		if b.Disk != nil && !mounted {
			l.Layer = b.Disk
		}
		for j, s := range steps {
			if s.Layer == i {
				l.history = history[j]
			}
		}
		out = append(out, l)
	}
	for i, l := range written {
		diffID, _ := l.DiffID() // it was computed while writing
		out = append(out, Layer{
			Layer: l, Descriptor: l.Descriptor(), diffID: diffID,
			From: planned.Layers[i].Part.String(), Title: planned.Layers[i].Title,
		})
	}
	return out, nil
}

// contents returns the layer's table, reading back what was written.
func (l *Layer) contents(planned *plan.Plan, capture layers.Capture) (*layers.Table, error) {
	if l.table != nil {
		return l.table, nil
	}
	table, err := readBack(l.Layer)
	if err != nil {
		return nil, fmt.Errorf("reading back layer %s: %w", l.Descriptor.Digest, err)
	}
	return table, reuseEvidence(table, planned, capture)
}
