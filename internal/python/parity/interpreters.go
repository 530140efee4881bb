package parity

import (
	"path"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// Interpreters lists the Python interpreters that an image's distributions are
// installed for: the first on PATH, those that the user's layers have on PATH, and
// those of environments. Paths are absolute, and no two lie in one directory.
func Interpreters(tree *layers.Tree, config *v1.Config, boundary int) []string {
	var out []string
	seen := make(map[*layers.Node]bool)
	add := func(name string, always bool) {
		bin, err := tree.Resolve(path.Dir(name))
		if err != nil || seen[bin] {
			return
		}
		if n, err := tree.Resolve(name); err == nil && n.Kind == layers.File && n.Mode&0o111 != 0 && (always || n.Pos.Layer >= boundary) {
			seen[bin] = true
			out = append(out, "/"+name)
		}
	}
	names := []string{"python3", "python"}
	for _, name := range names {
		for _, p := range imageconfig.ProgramPaths(config, name) {
			add(p, len(out) == 0)
		}
	}
	tree.Walk(func(n *layers.Node) bool {
		for _, mark := range []string{"pyvenv.cfg", "conda-meta"} {
			if n.Kind == layers.Dir && n.Child(mark) != nil {
				for _, name := range names {
					add(n.Path()+"/bin/"+name, true)
				}
			}
		}
		return true
	})
	return out
}

// Command starts the parity program with an interpreter.
func Command(interpreter string) []string { return []string{interpreter, "-c", Program} }

// NothingToRun says of an image why there is nothing to try.
const NothingToRun = "no Python on its PATH and no virtual environment"
