package verify

import (
	"context"
	"fmt"
	"slices"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/native"
	"github.com/slimify/slimify/layers"
)

// checkNeeded looks for every library in DT_NEEDED, and for the loader of every
// program. A file that lacks one cannot be loaded.
func (c *elfChecks) checkNeeded(_ context.Context, in *check.Input, report func(check.Problem)) (items int, err error) {
	l := c.link(in)
	started := in.Started()
	for _, n := range l.interps {
		interp := c.elf(n).Interp
		report(check.Problem{
			Path: n.Path(), Message: fmt.Sprintf("loader %s not found", interp), Fatal: started[n], FromBase: in.FromBase(n),
			In: func(ctx context.Context, other *check.Image) (bool, error) {
				found, err := other.HasProgram(ctx, []string{interp})
				return !found, err
			},
		})
	}
	for i := range l.needs {
		n := &l.needs[i]
		if n.found != nil || n.loaded || native.HostLibrary(n.name) || c.isOptional(n.by.Path()) {
			continue
		}
		report(check.Problem{
			Path: n.by.Path(), Message: fmt.Sprintf("library %s not found", n.name),
			// A file for another machine or C library cannot be loaded anyway.
			Fatal: n.used && c.hasLibc(in, n), FromBase: in.FromBase(n.by),
			In: func(ctx context.Context, other *check.Image) (bool, error) {
				found, err := n.libraryIn(ctx, other, in.Tree())
				return found == nil, err
			},
		})
	}
	return l.files, nil
}

// hasLibc reports whether the image has the C library that a file was built for.
func (c *elfChecks) hasLibc(in *check.Input, n *need) bool {
	const libc = "libc.so.6"
	return slices.Contains(n.info.Needed, libc) && c.library(in, native.NewLoader(nil, in.Tree()), n.by.Path(), n.info, libc) != nil
}

// libraryIn returns the library that the loader of another image finds for a need; nil if it
// finds none. The directories that ldconfig scans are those of both images.
func (n *need) libraryIn(ctx context.Context, other *check.Image, tree *layers.Tree) (*layers.Node, error) {
	loader := native.NewLoader(other.Config.Env, other.Stack.Upper, tree)
	return other.Find(ctx, loader.Places(n.by.Path(), n.info, n.name), native.Fits(n.info))
}

// checkVersions looks for the symbol versions that a file needs of a library.
func (c *elfChecks) checkVersions(_ context.Context, in *check.Input, report func(check.Problem)) (items int, err error) {
	l := c.link(in)
	for i := range l.needs {
		n := &l.needs[i]
		if n.found == nil || len(n.info.Needs[n.name]) == 0 {
			continue
		}
		items++
		for _, version := range n.info.Needs[n.name] {
			if defines(c.elf(n.found).Defines, version) {
				continue
			}
			report(check.Problem{
				Path: n.by.Path(), Message: fmt.Sprintf("version %s of %s not found in /%s", version, n.name, n.found.Path()),
				Fatal: n.used, NoteOnly: c.isOptional(n.by.Path()), FromBase: in.FromBase(n.by),
				In: func(ctx context.Context, other *check.Image) (bool, error) {
					found, err := n.libraryIn(ctx, other, in.Tree())
					return found == nil || !defines(definitions(found), version), err
				},
			})
		}
	}
	return items, nil
}

// defines reports whether a library has a version. The loader does not check libraries
// without any versions.
func defines(versions []string, want string) bool {
	return len(versions) == 0 || slices.Contains(versions, want)
}

func definitions(library *layers.Node) []string {
	if info := evidence.ELF(library); info != nil {
		return info.Defines
	}
	return nil
}
