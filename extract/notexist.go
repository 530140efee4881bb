package extract

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/slimify/slimify/layers"
)

// notThere reports an error that means that a path does not exist.
func notThere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, layers.ErrLinkLoop)
}

// childrenWith lists what a directory has under names that begin with a prefix.
// Directories are in order, and too large to be gone through for each of their files.
func childrenWith(dir *layers.Node, prefix string) []*layers.Node {
	all := dir.Children()
	first, _ := slices.BinarySearchFunc(all, prefix, func(n *layers.Node, name string) int { return cmp.Compare(n.Base(), name) })
	count := slices.IndexFunc(all[first:], func(n *layers.Node) bool { return !strings.HasPrefix(n.Base(), prefix) })
	if count < 0 {
		return all[first:]
	}
	return all[first : first+count]
}
