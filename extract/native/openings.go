package native

import (
	"context"
	"debug/elf"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/elffile"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// openings lists the libraries that a kept file may open: a source names them in its
// calls, an ELF file among its strings, and an ecosystem knows more for its packages.
func (l *linker) openings(it *selection.Item) []ecosystem.Opening {
	if it.Kind != layers.File || IsTest(it.Path) {
		return nil
	}
	var out []ecosystem.Opening
	if info := evidence.ELF(it.Node); info != nil {
		for _, name := range info.Names {
			out = append(out, ecosystem.Opening{Pattern: name, Text: fmt.Sprintf("%q among the strings of %s", name, text.Tail(it.Path))})
		}
		return out
	}
	if src := evidence.Source(it.Node); src != nil {
		for _, lib := range src.Libraries {
			o := ecosystem.Opening{Pattern: path.Base(lib.Name), Text: fmt.Sprintf("%s in %s:%d", lib.Text, text.Tail(it.Path), lib.Line)}
			if path.IsAbs(lib.Name) {
				o.Dir = path.Dir(lib.Name)[1:]
			}
			out = append(out, o)
		}
	}
	for _, e := range l.ecosystems {
		out = append(out, e.Opens(it)...)
	}
	return slices.DeleteFunc(out, func(o ecosystem.Opening) bool { return isLibcPattern(o.Pattern) || isDriver(o.Pattern) })
}

// isLibcPattern is [isLibc] for patterns, such as that of find_library("c").
func isLibcPattern(pattern string) bool {
	stem, glob := strings.CutSuffix(pattern, "*")
	return isLibc(pattern) || glob && slices.ContainsFunc(libc, func(name string) bool { return strings.HasPrefix(name, stem) })
}

// IsTest reports whether a path belongs to tests, which do not run in an image.
func IsTest(name string) bool {
	base := path.Base(name)
	return base == "conftest.py" || strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test.py") ||
		slices.ContainsFunc(strings.Split(path.Dir(name), "/"), func(dir string) bool { return dir == "tests" || dir == "test" })
}

// open keeps a library that a file names, if SLIM would lack it and FAT has it.
func (l *linker) open(ctx context.Context, by *selection.Item, o ecosystem.Opening) error {
	info := l.info(by.Node)
	if info == nil {
		info = machineOf(l.Config.Architecture)
	}
	dirs := []string{o.Dir}
	if o.Dir == "" {
		dirs = l.loader.Search(by.Path, info)
	}
	if l.sonames[o.Pattern] {
		return nil // in a private directory that the program knows
	}
	for _, t := range []*layers.Tree{l.Upper(), l.Base.Tree} {
		for _, at := range matching(t, dirs, o.Pattern) {
			if l.inSlim(at, info) != nil {
				return nil
			}
		}
	}
	at, err := l.findLibrary(ctx, dirs, o.Pattern, info)
	if err != nil || at == "" {
		return err
	}
	return l.keep(ctx, by, at, selection.Reason{Rule: selection.Opened, Text: o.Text, From: by.Path})
}

// findLibrary looks in FAT for a library whose name matches, in the user's layers first.
// Of several names for one file it returns the soname, as ldconfig does.
func (l *linker) findLibrary(ctx context.Context, dirs []string, pattern string, info *elffile.Info) (string, error) {
	cold := l.Stack.Boundary
	if l.official.Library(pattern) {
		cold = 0
	}
	t := l.Upper()
	for layer := l.Stack.Boundary; ; layer-- {
		second := ""
		for _, at := range matching(t, dirs, pattern) {
			n, err := l.Stack.Resolve(ctx, at)
			if layers.NotExist(err) {
				continue
			}
			if err != nil {
				return "", err
			}
			found := l.info(n)
			if found == nil || !info.Fits(found) {
				continue
			}
			if found.Soname == path.Base(at) || found.Soname == "" {
				return at, nil
			}
			if second == "" {
				second = at
			}
		}
		if second != "" || layer <= cold {
			return second, nil
		}
		var err error
		if t, err = l.Stack.Cold(ctx, layer-1); err != nil {
			return "", err
		}
	}
}

// matching lists the paths in some directories of a tree whose names match.
func matching(t *layers.Tree, dirs []string, pattern string) []string {
	var out []string
	for _, dir := range dirs {
		n, err := t.Resolve(dir)
		if err != nil {
			continue
		}
		if !strings.Contains(pattern, "*") {
			if n.Child(pattern) != nil {
				out = append(out, path.Join(dir, pattern))
			}
			continue
		}
		for _, child := range n.Children() {
			if ok, _ := path.Match(pattern, child.Base()); ok && isLibraryFile(child.Base()) {
				out = append(out, path.Join(dir, child.Base()))
			}
		}
	}
	return out
}

// isLibraryFile reports whether a name ends in .so or in .so and a version, which a
// pattern with a star does not ensure.
func isLibraryFile(name string) bool {
	i := strings.Index(name, ".so")
	return i > 0 && strings.Trim(name[i+len(".so"):], ".0123456789") == ""
}

// machineOf is the ELF class and machine that a platform's interpreter can load.
func machineOf(architecture string) *elffile.Info {
	info := &elffile.Info{Class: elf.ELFCLASS64}
	switch architecture {
	case "amd64":
		info.Machine = elf.EM_X86_64
	case "arm64":
		info.Machine = elf.EM_AARCH64
	case "ppc64le":
		info.Machine = elf.EM_PPC64
	case "s390x":
		info.Machine = elf.EM_S390
	case "riscv64":
		info.Machine = elf.EM_RISCV
	case "386":
		info.Class, info.Machine = elf.ELFCLASS32, elf.EM_386
	case "arm":
		info.Class, info.Machine = elf.ELFCLASS32, elf.EM_ARM
	}
	return info
}
