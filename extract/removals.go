package extract

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/layers"
)

// removals finds what the base has and must not show in SLIM: files of the
// base's version of a distribution that the user changed or removed, and what
// user layers removed by hand.
func removals(s *State, debian, ofBase *ownership) {
	gone := make(map[string]Reason)
	replacedDistributions(s, gone)
	removedByHand(s, debian, ofBase, gone)
	for name, reason := range gone {
		if _, above := gone[path.Dir(name)]; !above {
			s.sel.Removals = append(s.sel.Removals, Removal{name, reason})
		}
	}
	slices.SortFunc(s.sel.Removals, func(a, b Removal) int { return cmp.Compare(a.Path, b.Path) })
}

// remove marks a path of the base as gone, unless FAT has it; then directories
// above that hold nothing else.
func remove(s *State, gone map[string]Reason, n *layers.Node, r Reason) {
	for ; n != nil && n.Parent() != nil; n = n.Parent() {
		name := n.Path()
		if fat, err := s.tree().Lookup(name); err == nil && shows(s, fat) {
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
func removedByHand(s *State, debian, ofBase *ownership, gone map[string]Reason) {
	hidden := s.tree().Hidden()
	if len(hidden) == 0 {
		return
	}
	owners, touched := ofBase.files, dpkgTouched(debian, hidden)
	for _, name := range hidden {
		opaque := strings.HasSuffix(name, "/")
		name = strings.TrimSuffix(name, "/")
		n, err := s.base.Tree.Lookup(name)
		if err != nil || isLitter(name) || name == dpkgDir || strings.HasPrefix(name, dpkgDir+"/") {
			continue
		}
		targets := []*layers.Node{n}
		if opaque {
			targets = n.Children()
		}
		for _, target := range targets {
			target.Walk(func(c *layers.Node) bool {
				if c.Kind != layers.Dir && !touched[owners[c]] {
					remove(s, gone, c, Reason{RuleRemoved, "a user's layer removed it", ""})
				}
				return true
			})
		}
	}
}

// dpkgTouched names the packages that user layers removed, upgraded or
// installed.
func dpkgTouched(debian *ownership, hidden []string) map[string]bool {
	out := make(map[string]bool)
	for name := range debian.lists {
		out[name] = true
	}
	for _, h := range hidden {
		if name, ok := packageOf(h); ok {
			out[name] = true
		}
	}
	return out
}
