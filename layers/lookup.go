package layers

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// NotExist reports whether an error means that a path does not exist: no entry has
// that name, or its links lead in a circle.
func NotExist(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrLinkLoop)
}

// ChildrenWith lists a directory's children whose names begin with a prefix, in
// order. It does not look at the others.
func (n *Node) ChildrenWith(prefix string) []*Node {
	all := n.Children()
	first, _ := slices.BinarySearchFunc(all, prefix, func(c *Node, name string) int { return cmp.Compare(c.Base(), name) })
	count := slices.IndexFunc(all[first:], func(c *Node) bool { return !strings.HasPrefix(c.Base(), prefix) })
	if count < 0 {
		return all[first:]
	}
	return all[first : first+count]
}
