package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

var (
	rule   = &selection.Rule{Name: "rule"}
	unused = &selection.Rule{Name: "unused", Unused: true}
)

// newState is a selection of FAT's layers from boundary up. Each layer's blob is worth
// using whole. All paths are kept in the system's layer but those that lines name:
// "VERDICT: PATH…", where a verdict is "dependencies", "application", "dropped",
// "unused" (dropped, and nothing reads it), or "in base"; or "to PATH: PATH".
func newState(t *testing.T, base []lt.Entry, boundary int, listings [][]lt.Entry, lines ...string) *selection.State {
	t.Helper()
	b := &selection.Base{Tree: lt.Tree(0, base), Tables: []*layers.Table{lt.Table(base...)}}
	stack, err := layers.NewStack(boundary, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	in := &selection.Image{Stack: stack}
	for i, l := range listings {
		table := lt.Table(l...)
		in.Tables = append(in.Tables, table)
		in.Blobs = append(in.Blobs, v1.Descriptor{MediaType: types.OCILayer, Size: 1 << 20})
		if i < boundary {
			continue
		}
		if err := stack.Upper.Apply(i, table); err != nil {
			t.Fatal(err)
		}
	}
	s := &selection.State{Image: in, Base: b, Selection: selection.NewSelection(stack.Upper, nil)}
	for _, it := range s.Selection.Items {
		it.Verdict, it.Reason.Rule = selection.Kept, rule
	}
	for _, line := range lines {
		verdict, names, _ := strings.Cut(line, ": ")
		for _, name := range strings.Fields(names) {
			n, err := stack.Upper.Lookup(name)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			mark(t, s.Selection.Item(n), verdict)
		}
	}
	return s
}

func mark(t *testing.T, it *selection.Item, verdict string) {
	t.Helper()
	switch verdict {
	case "dependencies":
		it.Part = selection.Dependencies
	case "application":
		it.Part = selection.Application
	case "dropped":
		it.Verdict = selection.Dropped
	case "unused":
		it.Verdict, it.Reason.Rule = selection.Dropped, unused
	case "in base":
		it.Verdict = selection.InBase
	default:
		to, ok := strings.CutPrefix(verdict, "to ")
		if !ok {
			t.Fatalf("verdict %q", verdict)
		}
		it.To = to
	}
}

// list renders a plan: a line for each layer, and below it one for each entry.
func list(p *plan.Plan) []string {
	var out []string
	for _, i := range p.Reused {
		out = append(out, fmt.Sprintf("layer %d as it is", i))
	}
	for _, l := range p.Layers {
		out = append(out, l.Title)
		for _, w := range l.Writes {
			e := w.Entry
			line := fmt.Sprintf("  %s %s", e.Kind, e.Name)
			switch e.Kind {
			case layers.Dir:
				line += fmt.Sprintf(" %o %d:%d", e.Mode, e.UID, e.GID)
			case layers.Symlink, layers.Hardlink:
				line += " -> " + e.Link
			}
			switch {
			case w.Content != nil:
				line += fmt.Sprintf(" %q", w.Content)
			case w.Pos.Layer >= 0:
				line += fmt.Sprintf(" @%d.%d", w.Pos.Layer, w.Pos.Entry)
			}
			out = append(out, line)
		}
	}
	return out
}

func check(t *testing.T, what string, want, got []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", what, diff)
	}
}
