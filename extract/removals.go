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

// replacedDistributions looks at each distribution that user layers touch: the
// base may carry another version of it in the same site directory, some of
// whose files FAT has not.
func replacedDistributions(s *State, gone map[string]Reason) {
	touched := make(map[string]string) // site directory and normalized name to the path that tells
	key := func(metadata, name string) string { return path.Join(path.Dir(metadata), normalize(name)) }
	s.tree().Walk(func(n *layers.Node) bool {
		if name, _, ok := metadataOf(n); ok && isInstall(n) {
			touched[key(n.Path(), name)] = n.Path()
		}
		return true
	})
	for _, hidden := range s.tree().Hidden() {
		if name, _, ok := parseMetadataName(path.Base(hidden)); ok {
			touched[key(hidden, name)] = hidden
		}
	}
	eachDistribution(s.base.Tree, func(d Distribution, files []*layers.Node) {
		from, ok := touched[key(d.Metadata, d.Name)]
		if !ok {
			return
		}
		for _, f := range files {
			remove(s, gone, f, Reason{RuleReplaced, "the base's " + d.label() + ", which FAT has not", from})
		}
	})
}

// isInstall reports whether a user's layer brought a distribution's metadata
// whole, and not merely changed a file of it: then the files lie in FAT's base.
func isInstall(metadata *layers.Node) bool {
	return metadata.Kind == layers.File || metadata.Child("METADATA") != nil || metadata.Child("PKG-INFO") != nil ||
		metadata.Child("EGG-INFO") != nil
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

// shows reports whether FAT has something at a path. A directory of a package
// counts only with something that is kept there: a run of pip leaves directories
// for bytecode where pip was.
func shows(s *State, n *layers.Node) bool {
	if n.Kind != layers.Dir || !strings.Contains(n.Path(), "/site-packages/") {
		return true
	}
	found := false
	n.Walk(func(c *layers.Node) bool {
		it := s.sel.Item(c)
		found = found || c.Kind != layers.Dir && it != nil && it.Verdict == Kept
		return !found
	})
	return found
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
