package verify

import (
	"path"
	"slices"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/ecosystem"
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
	// found is the library that the loader finds; nil if it finds none.
	found *layers.Node
	// loaded is set if another file has that name: packages with private libraries load
	// such a file first, which satisfies the need.
	loaded bool
	// used is set if a program or an extension module leads here.
	used bool
}

// linkage is how the ELF files of an image depend on each other.
type linkage struct {
	files int
	needs []need
	// interps are programs whose loader (PT_INTERP) is missing.
	interps []*layers.Node
}

// elfChecks are the checks that follow ELF files as the dynamic loader would.
type elfChecks struct {
	ecosystems []*ecosystem.Ecosystem
	infos      map[*layers.Entry]*elffile.Info // of files that were read: many need the same
	linked     *linkage                        // see link
}

func newELFChecks(ecosystems []*ecosystem.Ecosystem) *elfChecks {
	return &elfChecks{ecosystems: ecosystems, infos: make(map[*layers.Entry]*elffile.Info)}
}

// elf is what was captured of an ELF file; nil for other files.
func (c *elfChecks) elf(n *layers.Node) *elffile.Info {
	info, known := c.infos[n.Entry]
	if !known {
		info = evidence.ELF(n)
		c.infos[n.Entry] = info
	}
	return info
}

// link follows the needs of all ELF files that are verified, as the dynamic loader
// would, and those of Debian packages' libraries that they load.
func (c *elfChecks) link(in *check.Input) *linkage {
	if c.linked != nil {
		return c.linked
	}
	l := &linkage{}
	c.linked = l
	loader := native.NewLoader(in.Config.Env, in.Tree())
	sonames := make(map[string]bool)
	var used, rest []*layers.Node
	for _, n := range in.Nodes {
		info := c.elf(n)
		if info == nil {
			continue
		}
		name := n.Path()
		sonames[path.Base(name)] = true
		sonames[info.Soname] = true
		if c.isEntry(name, info) {
			used = append(used, n)
		} else {
			rest = append(rest, n)
		}
	}
	seen := make(map[*layers.Node]bool)
	// Files that an entry leads to count as used, so entries go first.
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
			info := c.elf(n)
			if info.Interp != "" {
				if p, err := in.Tree().Resolve(info.Interp); err != nil || !check.Executable(p) {
					l.interps = append(l.interps, n)
				}
			}
			for _, name := range info.Needed {
				to := need{by: n, info: info, name: name, used: start.used, loaded: sonames[name]}
				to.found = c.library(in, loader, n.Path(), info, name)
				if to.found != nil {
					queue = append(queue, to.found)
				}
				l.needs = append(l.needs, to)
			}
		}
	}
	return l
}

// isEntry reports whether people start or import a file: it is a program, or an
// extension module that is not part of a standard library.
func (c *elfChecks) isEntry(name string, info *elffile.Info) bool {
	return info.Interp != "" || !c.isOptional(name) &&
		slices.ContainsFunc(c.ecosystems, func(e *ecosystem.Ecosystem) bool { return e.Verify.IsExtension(name) })
}

// isOptional reports whether a file is an extension module of a standard library.
func (c *elfChecks) isOptional(name string) bool {
	return slices.ContainsFunc(c.ecosystems, func(e *ecosystem.Ecosystem) bool { return e.Verify.IsOptionalExtension(name) })
}

// library returns the library that the loader finds for a need; nil if it finds none.
func (c *elfChecks) library(in *check.Input, loader native.Loader, file string, info *elffile.Info, name string) *layers.Node {
	return in.FindMerged(loader.Places(file, info, name), func(n *layers.Node) bool {
		found := c.elf(n)
		return found != nil && info.Fits(found)
	})
}
