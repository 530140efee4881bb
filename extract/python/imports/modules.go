package imports

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// builtinModules are compiled into every build of the interpreter
// (sys.builtin_module_names).
var builtinModules = strings.Fields(`
	__main__ _abc _ast _codecs _collections _functools _imp _io _locale _operator _signal _sre _stat _string _suggestions _symtable
	_sysconfig _thread _tokenize _tracemalloc _typing _warnings _weakref atexit builtins errno faulthandler gc itertools marshal
	posix pwd sys time xxsubtype`)

// bundled are the modules that official images install in addition to Python. Their
// layers have nothing else in site-packages.
var bundled = []string{"pip", "setuptools", "wheel", "pkg_resources", "_distutils_hack"}

// searchPath lists the directories from which any Python of a tree imports
// ("The initialization of the sys.path module search path" in the library
// reference): site directories with their .pth files, standard libraries,
// PYTHONPATH and WORKDIR.
func searchPath(t *layers.Tree, env []string, workdir string) []string {
	dirs := []string{workdir}
	dirs = append(dirs, strings.Split(imageconfig.Getenv(env, "PYTHONPATH"), ":")...)
	t.Walk(func(n *layers.Node) bool {
		if n.Kind != layers.Dir {
			return true
		}
		switch base := path.Base(n.Path()); {
		case base == "site-packages" || base == "dist-packages":
			dirs = append(dirs, n.Path())
			for _, c := range n.Children() {
				if strings.HasSuffix(c.Path(), ".pth") {
					dirs = append(dirs, pthLines(n.Path(), c)...)
				}
			}
			return false
		case strings.HasPrefix(base, "python3") && n.Child("os.py") != nil:
			dirs = append(dirs, n.Path(), path.Join(n.Path(), dynload))
		}
		return true
	})
	return slices.DeleteFunc(dirs, func(dir string) bool { return dir == "" })
}

// pthLines lists the directories that a .pth file adds (the library reference of
// module site). Lines of code begin with "import".
func pthLines(site string, pth *layers.Node) (dirs []string) {
	for line := range strings.Lines(string(pth.Evidence)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "import\t") {
			continue
		}
		if !path.IsAbs(line) {
			line = path.Join(site, line)
		}
		dirs = append(dirs, line)
	}
	return dirs
}

// findIn finds a module or a package by its last name in a directory of a tree of an
// image: a package, an extension module, a source or bytecode without one (the import
// system's FileFinder). A directory without __init__.py is a portion of a namespace
// package (PEP 420).
func findIn(img *check.Image, t *layers.Tree, dir, name string) *layers.Node {
	d, err := t.Resolve(dir)
	if err != nil || d.Kind != layers.Dir || name == "" {
		return nil
	}
	file := func(at string) *layers.Node {
		if n, err := t.Resolve(path.Join(d.Path(), at)); err == nil && n.Kind == layers.File && !img.IsDropped(n) {
			return n
		}
		return nil
	}
	for _, at := range []string{name + "/__init__.py", name + ".py", name + ".so", name + ".abi3.so", name + "/__init__.pyc", name + ".pyc"} {
		if n := file(at); n != nil {
			return n
		}
	}
	children := d.Children()
	first, _ := slices.BinarySearchFunc(children, name+".", func(c *layers.Node, prefix string) int {
		return strings.Compare(path.Base(c.Path()), prefix)
	})
	for _, c := range children[first:] {
		base := path.Base(c.Path())
		if !strings.HasPrefix(base, name+".") {
			break
		}
		if strings.HasSuffix(base, ".so") {
			if n := file(base); n != nil {
				return n
			}
		}
	}
	if sub, err := t.Resolve(path.Join(d.Path(), name)); err == nil && sub.Kind == layers.Dir {
		if slices.ContainsFunc(sub.Children(), func(c *layers.Node) bool {
			return path.Base(c.Path()) != "__pycache__" && !img.IsDropped(c)
		}) {
			return sub
		}
	}
	return nil
}

// findModule finds a dotted name from any of some directories, with the packages that
// it lies in. The search ends at a module that is not a package: what follows in the
// name are attributes of it, or modules that it makes when it runs.
func findModule(img *check.Image, t *layers.Tree, dirs []string, name string) []*layers.Node {
	first, rest, dotted := strings.Cut(name, ".")
	for _, dir := range dirs {
		n := findIn(img, t, dir, first)
		if n == nil {
			continue
		}
		if !dotted {
			return []*layers.Node{n}
		}
		inner := packageDir(n)
		if inner == "" {
			return []*layers.Node{n} // "import os.path", "import six.moves"
		}
		if below := findModule(img, t, []string{inner}, rest); below != nil {
			return append([]*layers.Node{n}, below...)
		}
	}
	return nil
}

// packageDir is the directory of a package's modules; "" for a module.
func packageDir(n *layers.Node) string {
	if n.Kind == layers.Dir {
		return n.Path()
	}
	if base := path.Base(n.Path()); base == "__init__.py" || base == "__init__.pyc" {
		return path.Dir(n.Path())
	}
	return ""
}

// hasModule reports whether an image has a module. The layers of its original base are
// read only for modules that they may have.
func hasModule(ctx context.Context, img *check.Image, dirs []string, name string) (bool, error) {
	if findModule(img, img.Stack.Upper, dirs, name) != nil {
		return true, nil
	}
	first, _, _ := strings.Cut(name, ".")
	if img.Stack.Boundary == 0 || !slices.Contains(bundled, first) {
		return false, nil
	}
	var places []string
	for _, dir := range dirs {
		if path.Base(dir) == "site-packages" {
			at := path.Join(dir, strings.ReplaceAll(name, ".", "/"))
			places = append(places, at+".py", at+"/__init__.py")
		}
	}
	n, err := img.Find(ctx, places, check.Any)
	return n != nil, err
}
