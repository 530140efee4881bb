// Fatbase prints a list of internal/fatbase: what an official fat image holds.
//
//	go run ./testdata/lab/fatbase IMAGE > internal/fatbase/SUITE.txt
//
// The image may be a python image, or the buildpack-deps that it stands on: what
// lies in /usr/local is left out.
package main

import (
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/crane"

	"github.com/slimify/slimify/layers"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: fatbase IMAGE")
		os.Exit(2)
	}
	tree, err := merge(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "fatbase:", err)
		os.Exit(1)
	}
	lines := list(tree)
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) {
		fmt.Println(line)
	}
}

// merge reads all layers of an image, with dpkg's file lists.
func merge(image string) (*layers.Tree, error) {
	img, err := crane.Pull(image)
	if err != nil {
		return nil, err
	}
	ls, err := img.Layers()
	if err != nil {
		return nil, err
	}
	tree := layers.NewTree()
	for i, l := range ls {
		rc, err := l.Uncompressed()
		if err != nil {
			return nil, err
		}
		table, err := layers.Index(rc, captureLists, layers.DefaultLimits())
		if cerr := rc.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return nil, err
		}
		if err := tree.Apply(i, table); err != nil {
			return nil, err
		}
	}
	return tree, nil
}

const info = "var/lib/dpkg/info"

func captureLists(e *layers.Entry, content io.Reader) ([]byte, error) {
	if path.Dir(e.Name) == info && strings.HasSuffix(e.Name, ".list") {
		return io.ReadAll(content)
	}
	return nil, nil
}

var (
	commandDirs = []string{"usr/bin", "usr/sbin", "bin", "sbin"}
	loaderDirs  = []string{"usr/lib/x86_64-linux-gnu", "usr/lib", "lib/x86_64-linux-gnu", "lib"}
)

// list returns a line for each package, command and library.
func list(tree *layers.Tree) []string {
	var lines []string
	owners := make(map[*layers.Node]string)
	if dir, err := tree.Lookup(info); err == nil {
		for _, n := range dir.Children() {
			stem, ok := strings.CutSuffix(path.Base(n.Path()), ".list")
			if !ok {
				continue
			}
			name, _, _ := strings.Cut(stem, ":")
			lines = append(lines, "package "+name)
			for file := range strings.Lines(string(n.Evidence)) {
				if owned, err := tree.Lookup(strings.TrimSpace(file)); err == nil {
					owners[owned] = name
				}
			}
		}
	}
	tree.Walk(func(n *layers.Node) bool {
		dir, name := path.Dir(n.Path()), path.Base(n.Path())
		if n.Kind != layers.File && n.Kind != layers.Symlink {
			return n.Path() != "usr/local"
		}
		if slices.Contains(loaderDirs, dir) && strings.HasPrefix(name, "lib") && strings.Contains(name, ".so") {
			lines = append(lines, "library "+name)
		}
		if !slices.Contains(commandDirs, dir) {
			return true
		}
		owner := owners[n]
		if to, err := tree.Resolve(n.Path()); owner == "" && err == nil { // an alternative
			owner = owners[to]
		}
		if owner != "" {
			lines = append(lines, "tool "+name+" "+owner)
		}
		return true
	})
	return lines
}
