package extract

import (
	"github.com/slimify/slimify/internal/elffile"
	"github.com/slimify/slimify/layers"
)

// ELFInfo is what was captured of an ELF file; nil for other files.
func ELFInfo(n *layers.Node) *elffile.Info { return elfInfo(n) }

// DebianOwned tells of the nodes of a whole image whether they came with a
// Debian package: files that its list names, and links that its scripts made.
func DebianOwned(t *layers.Tree) func(*layers.Node) bool {
	owners := ownersIn(t).files
	return func(n *layers.Node) bool { return owners[n] != "" || generatedByPackage(n) }
}
