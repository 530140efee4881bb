package explain

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/nearest"
	"github.com/slimify/slimify/layers"
)

// maxEdits is how many letters a suggested name may differ by, maxNear how many names
// are suggested.
const (
	maxEdits = 3
	maxNear  = 3
)

// nearest lists names of the image that are similar to the query's, best first. All
// layers have been read when nothing was found.
func (x *explainer) nearest(ctx context.Context, w Query) ([]string, error) {
	type candidate struct {
		text     string
		distance int
	}
	var found []candidate
	consider := func(wanted, name, text string) {
		limit := max(1, min(maxEdits, len(path.Base(wanted))/4))
		if d := len(wanted) - len(name); d > limit || -d > limit || name == wanted {
			return
		}
		if d := nearest.Distance(wanted, name); d <= limit {
			found = append(found, candidate{text, d})
		}
	}
	visit := func(n *layers.Node) bool {
		name := n.Path()
		switch {
		case n.Parent() == nil || n.Implied:
		case w.path != "":
			if consider(w.path, name, "/"+name); name != w.path && path.Base(name) == path.Base(w.path) {
				found = append(found, candidate{"/" + name, maxEdits + 1})
			}
		case w.so != "" && strings.Contains(path.Base(name), ".so"):
			consider(w.so, path.Base(name), path.Base(name))
		}
		return true
	}
	trees := []*layers.Tree{x.in.Upper(), x.base.Tree}
	for layer := x.in.Stack.Boundary - 1; layer >= 0; layer-- {
		t, err := x.in.Stack.Cold(ctx, layer)
		if err != nil {
			return nil, err
		}
		trees = append(trees, t)
	}
	for _, t := range trees {
		t.Walk(visit)
		if w.dist != "" {
			for _, e := range x.ecosystems {
				e.Distributions(t, func(d selection.Distribution, _ []*layers.Node) {
					name := e.Normalize(d.Name)
					consider(e.Normalize(w.dist), name, name)
				})
			}
		}
		if w.deb != "" {
			for name := range x.owned(t).Lists {
				consider(w.deb, name, name)
			}
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.text, b.text))
	})
	out := []string{}
	for _, c := range found {
		if !slices.Contains(out, c.text) && len(out) < maxNear {
			out = append(out, c.text)
		}
	}
	return out, nil
}
