package python

import (
	"path"
	"strings"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// replacedDistributions calls remove for files of the base's distributions that user
// layers installed, upgraded or removed: the base may have another version in the same
// site directory, with files that FAT lacks.
func replacedDistributions(s *selection.State, remove func(*layers.Node, selection.Reason)) {
	touched := make(map[string]string) // site directory and normalized name to the path that is the evidence
	key := func(metadata, name string) string { return path.Join(path.Dir(metadata), Normalize(name)) }
	s.Upper().Walk(func(n *layers.Node) bool {
		if name, _, ok := metadataOf(n); ok && isInstall(n) {
			touched[key(n.Path(), name)] = n.Path()
		}
		return true
	})
	for _, hidden := range s.Upper().Hidden() {
		if name, _, ok := parseMetadataName(path.Base(hidden)); ok {
			touched[key(hidden, name)] = hidden
		}
	}
	eachDistribution(s.Base.Tree, func(d selection.Distribution, files []*layers.Node) {
		from, ok := touched[key(d.Metadata, d.Name)]
		if !ok {
			return
		}
		for _, f := range files {
			remove(f, selection.Reason{Rule: selection.Replaced, Text: "the base's " + d.Label() + ", which the image does not have", From: from})
		}
	})
}

// isInstall reports whether a user layer installed a distribution, and did not merely
// change a file of its metadata: its files are then in the original base image.
func isInstall(metadata *layers.Node) bool {
	return metadata.Kind == layers.File || metadata.Child("METADATA") != nil || metadata.Child("PKG-INFO") != nil ||
		metadata.Child("EGG-INFO") != nil
}

// showsOwnContent reports whether a directory of FAT has content that replaces the
// base's. In a site directory it must hold something kept: a run of pip leaves
// directories for bytecode where pip was.
func showsOwnContent(s *selection.State, n *layers.Node) bool {
	if !strings.Contains(n.Path(), "/site-packages/") {
		return true
	}
	found := false
	n.Walk(func(c *layers.Node) bool {
		it := s.Selection.Item(c)
		found = found || c.Kind != layers.Dir && it != nil && it.Verdict == selection.Kept
		return !found
	})
	return found
}
