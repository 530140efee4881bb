package extract

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/layers"
)

// remover finds the base's paths that SLIM must hide: files of another version of a
// package that the user installed or removed, and paths that user layers removed.
type remover struct {
	*passes
	removed map[string]selection.Reason // by path
}

// remove finds the removals and adds them to the selection.
func (r *remover) remove() {
	for _, p := range r.ecosystemParts {
		p.Removals(r.hide)
	}
	r.repeatUser()
	for name, reason := range r.removed {
		if _, above := r.removed[path.Dir(name)]; !above {
			r.Selection.Removals = append(r.Selection.Removals, selection.Removal{Path: name, Reason: reason})
		}
	}
	slices.SortFunc(r.Selection.Removals, func(a, b selection.Removal) int { return cmp.Compare(a.Path, b.Path) })
}

// hide marks a path of the base as removed, unless FAT has it. It then does the same
// for directories above that hold nothing else.
func (r *remover) hide(n *layers.Node, reason selection.Reason) {
	shows := func(fat *layers.Node) bool {
		return fat.Kind != layers.Dir || !slices.ContainsFunc(r.ecosystemParts, func(p *ecosystem.Selecting) bool { return !p.Holds(fat) })
	}
	for ; n != nil && n.Parent() != nil; n = n.Parent() {
		name := n.Path()
		if fat, err := r.Upper().Lookup(name); err == nil && shows(fat) {
			return
		}
		if _, ok := r.removed[name]; ok {
			return
		}
		for _, c := range n.Children() {
			if _, ok := r.removed[c.Path()]; !ok {
				return
			}
		}
		r.removed[name] = reason
	}
}

// repeatUser repeats the user's own removals. Those of dpkg, when it removed or upgraded
// a package, do not apply to the base's packages.
func (r *remover) repeatUser() {
	hidden := r.Upper().Hidden()
	if len(hidden) == 0 {
		return
	}
	owners, touched := r.mover.BaseOwnership.Files, dpkgTouched(r.owned, hidden)
	for _, name := range hidden {
		opaque := strings.HasSuffix(name, "/")
		name = strings.TrimSuffix(name, "/")
		n, err := r.Base.Tree.Lookup(name)
		if err != nil || r.caches.Has(name) || name == dpkg.Dir || strings.HasPrefix(name, dpkg.Dir+"/") {
			continue
		}
		targets := []*layers.Node{n}
		if opaque {
			targets = n.Children()
		}
		for _, target := range targets {
			target.Walk(func(c *layers.Node) bool {
				if c.Kind != layers.Dir && !touched[owners[c]] {
					r.hide(c, selection.Reason{Rule: selection.Removed, Text: "removed by a user layer", From: ""})
				}
				return true
			})
		}
	}
}

// dpkgTouched returns the packages that user layers removed, upgraded or installed.
func dpkgTouched(installed *debian.Ownership, hidden []string) map[string]bool {
	out := make(map[string]bool)
	for name := range installed.Lists {
		out[name] = true
	}
	for _, h := range hidden {
		if name, ok := debian.PackageOf(h); ok {
			out[name] = true
		}
	}
	return out
}
