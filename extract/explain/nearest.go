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

// suggestion is a name of the image with its distance from the query's.
type suggestion struct {
	text     string
	distance int
}

// suggestions collects names that are similar to a query's.
type suggestions []suggestion

// consider adds text if a name is similar to the wanted one, but not the same.
func (s *suggestions) consider(wanted, name, text string) {
	limit := max(1, min(maxEdits, len(path.Base(wanted))/4))
	if d := len(wanted) - len(name); d > limit || -d > limit || name == wanted {
		return
	}
	if d := nearest.Distance(wanted, name); d <= limit {
		*s = append(*s, suggestion{text, d})
	}
}

// considerPath adds a path that is similar to that of a query, or a library.
func (s *suggestions) considerPath(q Query, name string) {
	base := path.Base(name)
	switch {
	case q.path != "":
		if s.consider(q.path, name, "/"+name); name != q.path && base == path.Base(q.path) {
			*s = append(*s, suggestion{"/" + name, maxEdits + 1})
		}
	case q.so != "" && strings.Contains(base, ".so"):
		s.consider(q.so, base, base)
	}
}

// best returns the texts of the most similar names, each once.
func (s suggestions) best() []string {
	slices.SortFunc(s, func(a, b suggestion) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.text, b.text))
	})
	out := []string{}
	for _, c := range s {
		if !slices.Contains(out, c.text) && len(out) < maxNear {
			out = append(out, c.text)
		}
	}
	return out
}

// nearest lists names of the image that are similar to the query's, best first. All
// layers have been read when nothing was found.
func (x *explainer) nearest(ctx context.Context, q Query) ([]string, error) {
	trees := []*layers.Tree{x.Upper(), x.Base.Tree}
	for layer := x.Stack.Boundary - 1; layer >= 0; layer-- {
		t, err := x.Stack.Cold(ctx, layer)
		if err != nil {
			return nil, err
		}
		trees = append(trees, t)
	}
	var found suggestions
	for _, t := range trees {
		t.Walk(func(n *layers.Node) bool {
			if n.Parent() != nil && !n.Implied {
				found.considerPath(q, n.Path())
			}
			return true
		})
		if q.dist != "" {
			for _, e := range x.ecosystems {
				e.Distributions(t, func(d selection.Distribution, _ []*layers.Node) {
					name := e.Normalize(d.Name)
					found.consider(e.Normalize(q.dist), name, name)
				})
			}
		}
		if q.deb != "" {
			for name := range x.owned(t).Lists {
				found.consider(q.deb, name, name)
			}
		}
	}
	return found.best(), nil
}
