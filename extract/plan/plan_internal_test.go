package plan

import (
	"testing"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// A layer's title counts files in the right number.
func TestTitle(t *testing.T) {
	node := func(kind layers.Kind) *layers.Node { return &layers.Node{Entry: &layers.Entry{Kind: kind}} }
	sel := &selection.Selection{}
	for _, want := range []string{"system: 0 files", "system: 1 file", "system: 2 files"} {
		if got := title(selection.System, sel); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		sel.Items = append(sel.Items, &selection.Item{Node: node(layers.File), Part: selection.System, Verdict: selection.Kept}, &selection.Item{Node: node(layers.Dir), Part: selection.System, Verdict: selection.Kept})
	}
}
