package extract

import (
	"path"
	"strings"

	"github.com/slimify/slimify/layers"
)

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
