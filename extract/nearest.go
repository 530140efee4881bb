package extract

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/layers"
)

// maxEdits is how many letters may be wrong in a name for which another is
// suggested, maxNear how many are suggested.
const (
	maxEdits = 3
	maxNear  = 3
)

// nearest lists what the image has by names that are nearly what was asked for:
// best first. All layers have been read when nothing was found.
func (x *explainer) nearest(ctx context.Context, w What) ([]string, error) {
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
		if d := distance(wanted, name); d <= limit {
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
	trees := []*layers.Tree{x.in.tree(), x.base.Tree}
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
			for _, d := range Installed(t) {
				consider(w.dist, d.Normalized(), d.Normalized())
			}
		}
		if w.deb != "" {
			for name := range x.owned(t).lists {
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

// distance counts the edits that make one name of another: a letter more, less
// or other, or two neighbours swapped (optimal string alignment).
func distance(a, b string) int {
	var before []int // the row before last
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(last[j]+change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
