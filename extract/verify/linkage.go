package verify

import (
	"context"
	"path"
	"regexp"
	"strings"

	"github.com/slimify/slimify/extract/elffile"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/native"
	"github.com/slimify/slimify/layers"
)

// need is a library that an ELF file names in DT_NEEDED.
type need struct {
	by   *layers.Node
	info *elffile.Info
	name string
	// found is the library that the loader takes; nil if it finds none.
	found *layers.Node
	// loaded is set if another file has the name: whoever loads that first
	// satisfies the need, as packages with private libraries do.
	loaded bool
	// used is set if something that people start or import leads here.
	used bool
}

// linkage is how the ELF files of an image hang together.
type linkage struct {
	files int
	needs []need
	// interps are programs whose own loader (PT_INTERP) is not there.
	interps []*layers.Node
}

// link follows the needs of all ELF files that are to be verified, as the
// dynamic loader would; those of libraries that Debian packages brought too,
// where something loads them.
func (s *scene) link() *linkage {
	if s.linked != nil {
		return s.linked
	}
	l := &linkage{}
	s.linked = l
	loader := native.NewLoader(s.Config.Env, s.Tree)
	sonames := make(map[string]bool)
	var used, rest []*layers.Node
	for _, n := range s.nodes {
		info := s.elf(n)
		if info == nil {
			continue
		}
		name := n.Path()
		sonames[path.Base(name)] = true
		sonames[info.Soname] = true
		if isEntry(name, info) {
			used = append(used, n)
		} else {
			rest = append(rest, n)
		}
	}
	seen := make(map[*layers.Node]bool)
	// Files that something leads to are told as such, so they go first.
	for _, start := range []struct {
		queue []*layers.Node
		used  bool
	}{{used, true}, {rest, false}} {
		for queue := start.queue; len(queue) > 0; queue = queue[1:] {
			n := queue[0]
			if seen[n] {
				continue
			}
			seen[n] = true
			l.files++
			info := s.elf(n)
			if info.Interp != "" {
				if p, err := s.Tree.Resolve(info.Interp); err != nil || !executable(p) {
					l.interps = append(l.interps, n)
				}
			}
			for _, name := range info.Needed {
				to := need{by: n, info: info, name: name, used: start.used, loaded: sonames[name]}
				to.found = s.library(loader, n.Path(), info, name)
				if to.found != nil {
					queue = append(queue, to.found)
				}
				l.needs = append(l.needs, to)
			}
		}
	}
	return l
}

// extension finds the modules that Python loads by their name (PEP 3149).
var extension = regexp.MustCompile(`\.(cpython-[0-9]+[a-z]*-[a-z0-9_-]+|abi3)\.so$`)

// isEntry reports whether a file is one that people start or import: a program,
// or an extension module that is not the standard library's.
func isEntry(name string, info *elffile.Info) bool {
	return info.Interp != "" || extension.MatchString(name) && !isDynload(name)
}

// isDynload reports whether a file is an extension module of the standard
// library. Slim images have some whose libraries they lack, on purpose (Tk).
func isDynload(name string) bool { return path.Base(path.Dir(name)) == "lib-dynload" }

// library is what the loader takes for a name; nil if it finds nothing.
func (s *scene) library(loader native.Loader, file string, info *elffile.Info, name string) *layers.Node {
	for _, place := range places(loader, file, info, name) {
		if n, err := s.Tree.Resolve(place); err == nil {
			if found := s.elf(n); found != nil && info.Fits(found) {
				return n
			}
		}
	}
	return nil
}

// places lists where a library may lie: a name with a slash is a path.
func places(loader native.Loader, file string, info *elffile.Info, name string) []string {
	if strings.Contains(name, "/") {
		return []string{name}
	}
	dirs := loader.Search(file, info)
	for i, dir := range dirs {
		dirs[i] = path.Join(dir, name)
	}
	return dirs
}

// library returns the library of that image which its loader takes for the need;
// nil if it finds none.
func (img *Image) library(ctx context.Context, s *scene, n *need) (*layers.Node, error) {
	loader := native.NewLoader(img.Config.Env, img.Stack.Upper, s.Tree)
	return img.find(ctx, places(loader, n.by.Path(), n.info, n.name), func(c *layers.Node) bool {
		found := evidence.ELF(c)
		return found != nil && n.info.Fits(found)
	})
}
