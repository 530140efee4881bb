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

// removals finds what the base has and must not show in SLIM: files of the
// base's version of a distribution that the user changed or removed, and what
// user layers removed by hand.
func removals(s *selection.State, caches *system.Caches, installed, ofBase *debian.Ownership, part []*ecosystem.Selecting) {
	gone := make(map[string]selection.Reason)
	remove := func(n *layers.Node, r selection.Reason) { remove(s, gone, n, r, part) }
	for _, p := range part {
		p.Removals(remove)
	}
	removedByHand(s, caches, installed, ofBase, remove)
	for name, reason := range gone {
		if _, above := gone[path.Dir(name)]; !above {
			s.Selection.Removals = append(s.Selection.Removals, selection.Removal{Path: name, Reason: reason})
		}
	}
	slices.SortFunc(s.Selection.Removals, func(a, b selection.Removal) int { return cmp.Compare(a.Path, b.Path) })
}

// remove marks a path of the base as gone, unless FAT has it; then directories
// above that hold nothing else.
func remove(s *selection.State, gone map[string]selection.Reason, n *layers.Node, r selection.Reason, part []*ecosystem.Selecting) {
	shows := func(fat *layers.Node) bool {
		return fat.Kind != layers.Dir || !slices.ContainsFunc(part, func(p *ecosystem.Selecting) bool { return !p.Holds(fat) })
	}
	for ; n != nil && n.Parent() != nil; n = n.Parent() {
		name := n.Path()
		if fat, err := s.Upper().Lookup(name); err == nil && shows(fat) {
			return
		}
		if _, ok := gone[name]; ok {
			return
		}
		for _, c := range n.Children() {
			if _, ok := gone[c.Path()]; !ok {
				return
			}
		}
		gone[name] = r
	}
}

// removedByHand carries the user's own removals. Those that dpkg made, of
// packages that it removed or upgraded, say nothing of the base's packages.
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
					remove(c, selection.Reason{Rule: selection.Removed, Text: "a user's layer removed it", From: ""})
				}
				return true
			})
		}
	}
}

// dpkgTouched names the packages that user layers removed, upgraded or
// installed.
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
