package image

import (
	"path"

	"github.com/slimify/slimify/layers"
)

// LinksOf returns a function that makes the links of a tree to directories (merged
// /usr, /var/run) known to another tree, whose layers have no headers for them: names
// in those layers lead through the links.
func LinksOf(from *layers.Tree) func(*layers.Tree) error {
	return func(t *layers.Tree) error {
		var err error
		from.Walk(func(n *layers.Node) bool {
			if n.Kind == layers.Symlink && err == nil {
				if to, rerr := from.Resolve(n.Path()); rerr == nil && to.Kind == layers.Dir {
					err = t.Assume(n.Path(), n.Link)
				}
			}
			return err == nil
		})
		return err
	}
}

// Absolute is a path of an image as its containers name it; "" for "".
func Absolute(name string) string {
	if name == "" {
		return ""
	}
	return path.Join("/", name)
}
