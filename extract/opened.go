package extract

import (
	"context"
	"debug/elf"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/internal/elffile"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// opening is a library that a file names and may open at run time: evidence of
// a weaker kind than DT_NEEDED, since the file may do without.
type opening struct {
	dir     string // "" for the loader's directories
	pattern string // of path.Match: "libmagic.so.1", "libmagic.so*"
	text    string // the reason for people
}

// openings lists the libraries that a kept file names: a Python source in its
// calls of ctypes and cffi, an ELF file among its strings, a distribution's
// RECORD by the table of what distributions need.
func openings(it *Item) []opening {
	if it.Kind != layers.File || isTest(it.Path) {
		return nil
	}
	var out []opening
	if info := ELFInfo(it.Node); info != nil {
		for _, name := range info.Names {
			out = append(out, opening{pattern: name, text: fmt.Sprintf("%q among the strings of %s", name, text.Tail(it.Path))})
		}
		return out
	}
	if src := PythonSource(it.Node); src != nil {
		for _, l := range src.Libraries {
			o := opening{pattern: path.Base(l.Name), text: fmt.Sprintf("%s in %s:%d", l.Text, text.Tail(it.Path), l.Line)}
			if path.IsAbs(l.Name) {
				o.dir = path.Dir(l.Name)[1:]
			}
			out = append(out, o)
		}
	}
	if d, ok := recordOf(it); ok && needs[normalize(d)].library != "" {
		out = append(out, opening{pattern: needs[normalize(d)].library, text: d + " opens it"})
	}
	return slices.DeleteFunc(out, func(o opening) bool { return isLibcPattern(o.pattern) || isDriver(o.pattern) })
}

// isLibcPattern is isLibc for find_library("c") too.
func isLibcPattern(pattern string) bool {
	stem, glob := strings.CutSuffix(pattern, "*")
	return isLibc(pattern) || glob && slices.ContainsFunc(libc, func(name string) bool { return strings.HasPrefix(name, stem) })
}

// isTest reports whether a path is of tests, which nobody runs in an image.
func isTest(name string) bool {
	base := path.Base(name)
	return base == "conftest.py" || strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test.py") ||
		slices.ContainsFunc(strings.Split(path.Dir(name), "/"), func(dir string) bool { return dir == "tests" || dir == "test" })
}

// open keeps a library that a file names, if SLIM would lack it and FAT has it.
func (l *linker) open(ctx context.Context, by *Item, o opening) error {
	info := l.info(by.Node)
	if info == nil {
		info = machineOf(l.Config.Architecture)
	}
	dirs := []string{o.dir}
	if o.dir == "" {
		dirs = l.loader.Search(by.Path, info)
	}
	if l.sonames[o.pattern] {
		return nil // of a private directory: the program knows where
	}
	for _, t := range []*layers.Tree{l.tree(), l.base.Tree} {
		for _, at := range matching(t, dirs, o.pattern) {
			if l.inSlim(at, info) != nil {
				return nil
			}
		}
	}
	at, err := l.findLibrary(ctx, dirs, o.pattern, info)
	if err != nil || at == "" {
		return err
	}
	return l.keep(ctx, by, at, Reason{RuleOpened, o.text, by.Path})
}

// findLibrary looks in FAT for a library whose name matches, in the user's layers
// first. Of the names that lead to one file the soname is taken, as ldconfig
// does.
func (l *linker) findLibrary(ctx context.Context, dirs []string, pattern string, info *elffile.Info) (string, error) {
	cold := l.Stack.Boundary
	if l.official.library(pattern) {
		cold = 0
	}
	t := l.tree()
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
			switch {
			case found == nil || !info.Fits(found):
			case found.Soname == path.Base(at) || found.Soname == "":
				return at, nil
			case second == "":
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

// isLibraryFile reports whether a name ends in .so or in .so and a version, which
// a pattern's star does not say.
func isLibraryFile(name string) bool {
	i := strings.Index(name, ".so")
	return i > 0 && strings.Trim(name[i+len(".so"):], ".0123456789") == ""
}

// machineOf is what the interpreter of a platform can load.
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
