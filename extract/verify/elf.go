package verify

import (
	"context"
	"fmt"
	"slices"

	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/native"
	"github.com/slimify/slimify/layers"
)

// checkELF resolves every DT_NEEDED, and the loader of every program. A file
// for which one is missing cannot be loaded.
func checkELF(_ context.Context, s *scene, report func(candidate)) (looked int, err error) {
	l := s.link()
	started := s.started()
	for _, n := range l.interps {
		interp := s.elf(n).Interp
		report(candidate{
			path: n.Path(), message: fmt.Sprintf("is started by %s, which is not there", interp), certain: started[n], inherited: s.inherited(n),
			holds: func(ctx context.Context, other *Image) (bool, error) {
				found, err := other.hasProgram(ctx, []string{interp})
				return !found, err
			},
		})
	}
	for i := range l.needs {
		n := &l.needs[i]
		// Who imports a module of the standard library without its libraries is
		// told by the check of imports.
		if n.found != nil || n.loaded || native.HostLibrary(n.name) || isDynload(n.by.Path()) {
			continue
		}
		report(candidate{
			path: n.by.Path(), message: fmt.Sprintf("needs %s, which is nowhere the loader looks", n.name),
			// A file of another machine or C library fails for other reasons, if
			// anybody loads it.
			certain: n.used && s.hasLibc(n), inherited: s.inherited(n.by),
			holds: func(ctx context.Context, other *Image) (bool, error) {
				found, err := other.library(ctx, s, n)
				return found == nil, err
			},
		})
	}
	return l.files, nil
}

// hasLibc reports whether the image has the C library that the file was built
// for.
func (s *scene) hasLibc(n *need) bool {
	return s.library(native.NewLoader(nil, s.Tree), n.by.Path(), n.info, "libc.so.6") != nil && slices.Contains(n.info.Needed, "libc.so.6")
}

// checkVersions compares the symbol versions that a file wants of a library with
// those that the library has.
func checkVersions(_ context.Context, s *scene, report func(candidate)) (looked int, err error) {
	l := s.link()
	for i := range l.needs {
		n := &l.needs[i]
		if n.found == nil || len(n.info.Needs[n.name]) == 0 {
			continue
		}
		looked++
		for _, version := range n.info.Needs[n.name] {
			if defines(s.elf(n.found).Defines, version) {
				continue
			}
			report(candidate{
				path: n.by.Path(), message: fmt.Sprintf("needs version %s of %s, which /%s does not define", version, n.name, n.found.Path()),
				certain: n.used, never: isDynload(n.by.Path()), inherited: s.inherited(n.by),
				holds: func(ctx context.Context, other *Image) (bool, error) {
					found, err := other.library(ctx, s, n)
					return found == nil || !defines(definitions(found), version), err
				},
			})
		}
	}
	return looked, nil
}

// defines reports whether a library has a version. The loader takes one without
// any versions as it is.
func defines(versions []string, want string) bool {
	return len(versions) == 0 || slices.Contains(versions, want)
}

func definitions(library *layers.Node) []string {
	if info := evidence.ELF(library); info != nil {
		return info.Defines
	}
	return nil
}
