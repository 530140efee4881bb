package extract

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/system"
	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/layers"
)

// removals finds the base's paths that SLIM must hide: files of another version of a
// package that the user installed or removed, and paths that user layers removed.
func removals(s *selection.State, caches *system.Caches, installed, ofBase *debian.Ownership, part []*ecosystem.Selecting) {
	removed := make(map[string]selection.Reason)
	remove := func(n *layers.Node, r selection.Reason) { remove(s, removed, n, r, part) }
	for _, p := range part {
		p.Removals(remove)
	}
	removedByHand(s, caches, installed, ofBase, remove)
	for name, reason := range removed {
		if _, above := removed[path.Dir(name)]; !above {
			s.Selection.Removals = append(s.Selection.Removals, selection.Removal{Path: name, Reason: reason})
		}
	}
	slices.SortFunc(s.Selection.Removals, func(a, b selection.Removal) int { return cmp.Compare(a.Path, b.Path) })
}

// remove marks a path of the base as removed, unless FAT has it. It then does the same
// for directories above that hold nothing else.
func remove(s *selection.State, removed map[string]selection.Reason, n *layers.Node, r selection.Reason, part []*ecosystem.Selecting) {
	shows := func(fat *layers.Node) bool {
		return fat.Kind != layers.Dir || !slices.ContainsFunc(part, func(p *ecosystem.Selecting) bool { return !p.Holds(fat) })
	}
	for ; n != nil && n.Parent() != nil; n = n.Parent() {
		name := n.Path()
		if fat, err := s.Upper().Lookup(name); err == nil && shows(fat) {
			return
		}
		if _, ok := removed[name]; ok {
			return
		}
		for _, c := range n.Children() {
			if _, ok := removed[c.Path()]; !ok {
				return
			}
		}
		removed[name] = r
	}
}

// removedByHand repeats the user's own removals. Those of dpkg, when it removed or
// upgraded a package, do not apply to the base's packages.
func removedByHand(s *selection.State, caches *system.Caches, installed, ofBase *debian.Ownership, remove func(*layers.Node, selection.Reason)) {
	hidden := s.Upper().Hidden()
	if len(hidden) == 0 {
		return
	}
	owners, touched := ofBase.Files, dpkgTouched(installed, hidden)
	for _, name := range hidden {
		opaque := strings.HasSuffix(name, "/")
		name = strings.TrimSuffix(name, "/")
		n, err := s.Base.Tree.Lookup(name)
		if err != nil || caches.Has(name) || name == dpkg.Dir || strings.HasPrefix(name, dpkg.Dir+"/") {
			continue
		}
		targets := []*layers.Node{n}
		if opaque {
			targets = n.Children()
		}
		for _, target := range targets {
			target.Walk(func(c *layers.Node) bool {
				if c.Kind != layers.Dir && !touched[owners[c]] {
					remove(c, selection.Reason{Rule: selection.Removed, Text: "removed by a user layer", From: ""})
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
