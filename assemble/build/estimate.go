package build

import (
	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/extract/plan"
)

// Estimate returns how large the layers of a planned result would be: what is written
// is taken to compress as well as the layers that it comes from.
func Estimate(a *analyze.Analysis, planned *plan.Plan) (compressed, unpacked int64) {
	for _, b := range a.Base.Layers {
		compressed += b.Descriptor.Size
		unpacked += b.Table.Bytes
	}
	for _, i := range planned.Reused {
		compressed += a.Fat.Layers[i].Descriptor.Size
		unpacked += a.Fat.Layers[i].Table.Bytes
	}
	for _, l := range planned.Layers {
		unpacked += tarEnd
		for _, w := range l.Writes {
			size := tarSize(w.Entry.Size)
			unpacked += size
			ratio := usualRatio
			if w.Pos.Layer >= 0 {
				b := a.Fat.Layers[w.Pos.Layer]
				if b.Descriptor.Size < b.Table.Bytes { // it is compressed
					ratio = float64(b.Descriptor.Size) / float64(b.Table.Bytes)
				}
			}
			compressed += int64(float64(size) * ratio)
		}
	}
	return compressed, unpacked
}

// tarSize is what an entry takes in a tar: its header and its padded content.
func tarSize(content int64) int64 { return tarBlock + (content+tarBlock-1)/tarBlock*tarBlock }

const (
	tarBlock = 512          // of a header, and what contents are padded to
	tarEnd   = 2 * tarBlock // the zeros that end a tar
	// usualRatio is what gzip makes of programs, for what has no layer to
	// compare with.
	usualRatio = 0.4
)
