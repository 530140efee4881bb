package assemble

import (
	"path"

	"github.com/slimify/slimify/layers"
)

// linksOf returns a function that makes the links of a tree to directories (merged
// /usr, /var/run) known to another tree, whose layers have no headers for them: names
// in those layers lead through the links.
func linksOf(from *layers.Tree) func(*layers.Tree) error {
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

// absolute is a path of an image as its containers name it; "" for "".
func absolute(name string) string {
	if name == "" {
		return ""
	}
	return path.Join("/", name)
}
