package verify

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/native"
	"github.com/slimify/slimify/extract/source"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// checkImports looks for the modules that the application's sources import. What
// is only imported if it is there, or when something is called, may be missing
// for good reasons: the image that it was made of tells.
func checkImports(_ context.Context, s *scene, report func(candidate)) (looked int, err error) {
	c := &importer{scene: s, dirs: searchPath(s.Tree, s.Config.Env, s.Config.WorkingDir), others: make(map[*Image][]string), report: report}
	sources := make(map[*layers.Node]*source.Source)
	for _, n := range s.nodes {
		if src := evidence.Source(n); src != nil && extract.IsApplication(n.Path()) {
			sources[n] = src
		}
	}
	run := c.run(sources)
	for _, n := range s.nodes {
		src := sources[n]
		if src == nil {
			continue
		}
		looked += len(src.Imports)
		for i := range src.Imports {
			c.check(n, &src.Imports[i], run[n])
		}
	}
	return looked, nil
}

// importer checks the imports of one image.
type importer struct {
	*scene
	dirs   []string
	others map[*Image][]string // their search paths
	report func(candidate)
}

// from lists the directories from which a source imports absolute names: its own
// comes first for a script, and those above it stand for the one that a package
// is imported from.
func from(n *layers.Node, dirs []string) []string {
	var out []string
	for dir := path.Dir(n.Path()); dir != "."; dir = path.Dir(dir) {
		out = append(out, dir)
	}
	return append(out, dirs...)
}

// check looks for the modules of one import statement. started is set if the
// statement is run when the container starts.
func (c *importer) check(n *layers.Node, im *source.Import, started bool) {
	name, dirs, ok := target(n, im)
	if !ok {
		return
	}
	if dirs == nil {
		dirs = from(n, c.dirs)
	}
	found := c.image.module(c.Tree, dirs, name)
	if name != "" && found == nil {
		if first, _, _ := strings.Cut(name, "."); im.Level == 0 && slices.Contains(builtinModules, first) {
			return
		}
		c.tell(n, im, name, started)
		return
	}
	for _, module := range found {
		c.checkNative(n, im, module, started)
	}
	if !c.compared {
		return // a name may be an attribute: only the other image tells
	}
	for _, part := range im.Names {
		if full := strings.TrimPrefix(name+"."+part, "."); part != "*" && c.image.module(c.Tree, dirs, full) == nil {
			c.tellName(n, im, full)
		}
	}
}

// target is the name that a statement imports and, for a relative one, the
// directory in which it lies.
func target(n *layers.Node, im *source.Import) (name string, dirs []string, ok bool) {
	if im.Level == 0 {
		return im.Module, nil, im.Module != ""
	}
	dir := path.Dir(n.Path())
	for range im.Level - 1 {
		dir = path.Dir(dir)
	}
	return im.Module, []string{dir}, true
}

// tell reports a module that is not there.
func (c *importer) tell(n *layers.Node, im *source.Import, name string, started bool) {
	if im.Guarded && !c.compared {
		return // the program expects to go without
	}
	certain := started && !im.Guarded && !im.Deferred
	c.report(candidate{
		path: n.Path(), message: fmt.Sprintf("imports %s in line %d, which is not there", strings.Repeat(".", im.Level)+name, im.Line),
		certain: certain, never: im.Guarded, own: true, inherited: c.inherited(n),
		holds: func(ctx context.Context, other *Image) (bool, error) {
			dirs := c.dirsOf(n, im, other)
			if first, _, dotted := strings.Cut(name, "."); dotted && c.image.module(c.Tree, dirs, first) != nil {
				// A part of what is there: the base's own would be of another
				// version, and is not asked for.
				return other.module(other.Stack.Upper, dirs, name) == nil, nil
			}
			has, err := other.imports(ctx, dirs, name)
			return !has, err
		},
	})
}

// tellName reports a name that is imported from a module and is a module itself
// in the other image. It may as well be an attribute there: that is not worth
// reading the image's own base.
func (c *importer) tellName(n *layers.Node, im *source.Import, name string) {
	c.report(candidate{
		path: n.Path(), message: fmt.Sprintf("imports %s in line %d, which is not there", strings.Repeat(".", im.Level)+name, im.Line),
		never: im.Guarded, own: true, inherited: c.inherited(n),
		holds: func(_ context.Context, other *Image) (bool, error) {
			return other.module(other.Stack.Upper, c.dirsOf(n, im, other), name) == nil, nil
		},
	})
}

// dirsOf lists the directories in which another image has what a source imports.
func (c *importer) dirsOf(n *layers.Node, im *source.Import, other *Image) []string {
	if _, dirs, _ := target(n, im); dirs != nil {
		return dirs
	}
	return from(n, c.pathOf(other))
}

// pathOf is the search path of another image. Its own base's directories are
// those of the subject.
func (c *importer) pathOf(other *Image) []string {
	dirs, ok := c.others[other]
	if !ok {
		dirs = append(searchPath(other.Stack.Upper, other.Config.Env, other.Config.WorkingDir), c.dirs...)
		c.others[other] = dirs
	}
	return dirs
}

// natives are the extension modules that modules of the standard library cannot
// do without, where slim images lack the libraries of those.
var natives = map[string]string{"tkinter/__init__.py": "_tkinter", "turtle.py": "_tkinter"}

// checkNative reports an imported extension module that cannot be loaded.
func (c *importer) checkNative(n *layers.Node, im *source.Import, module *layers.Node, started bool) {
	for of, native := range natives {
		if lib, ok := strings.CutSuffix(module.Path(), "/"+of); ok {
			if n := c.image.moduleIn(c.Tree, lib+"/lib-dynload", native); n != nil {
				module = n
			}
		}
	}
	if !isDynload(module.Path()) {
		return // the check of ELF files tells
	}
	info := c.elf(module)
	if info == nil {
		return
	}
	loader := native.NewLoader(c.Config.Env, c.Tree)
	for _, name := range info.Needed {
		if c.library(loader, module.Path(), info, name) != nil {
			continue
		}
		lib := &need{by: module, info: info, name: name}
		c.report(candidate{
			path:    n.Path(),
			message: fmt.Sprintf("imports %s in line %d, which needs %s, which is nowhere the loader looks", im.Module, im.Line, lib.name),
			certain: started && !im.Guarded && !im.Deferred, never: im.Guarded, own: true, inherited: c.inherited(n),
			holds: func(ctx context.Context, other *Image) (bool, error) {
				found, err := other.library(ctx, c.scene, lib)
				return found == nil, err
			},
		})
	}
}

// run finds the sources that run when the container starts: the script that a
// command starts or gives to Python, and what those import at once.
func (c *importer) run(sources map[*layers.Node]*source.Source) map[*layers.Node]bool {
	var queue []*layers.Node
	for n := range c.started() {
		queue = append(queue, n)
	}
	for _, command := range c.commands() {
		script, module := given(command)
		if n, err := c.Tree.Resolve(c.fromWorkdir(script)); err == nil && script != "" && command.Sure {
			queue = append(queue, n)
		}
		if module != "" && command.Sure {
			queue = append(queue, c.main(command, module)...)
		}
	}
	seen := make(map[*layers.Node]bool)
	for ; len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		if seen[n] || sources[n] == nil {
			continue
		}
		seen[n] = true
		for i := range sources[n].Imports {
			im := &sources[n].Imports[i]
			name, dirs, ok := target(n, im)
			if !ok || im.Guarded || im.Deferred {
				continue
			}
			if dirs == nil {
				dirs = from(n, c.dirs)
			}
			queue = append(queue, c.image.module(c.Tree, dirs, name)...)
		}
	}
	return seen
}

// main finds what `python -m` runs: a module, or of a package its __main__. It
// reports a module that is not there.
func (c *importer) main(command imageconfig.Command, module string) []*layers.Node {
	found := c.image.module(c.Tree, c.dirs, module)
	if found == nil {
		c.report(candidate{
			message: fmt.Sprintf("%s runs the module %s, which is not there", command.Instruction, module), certain: true, own: true,
			holds: func(ctx context.Context, other *Image) (bool, error) {
				has, err := other.imports(ctx, c.pathOf(other), module)
				return !has, err
			},
		})
		return nil
	}
	if dir := packageDir(found[len(found)-1]); dir != "" {
		if n := c.image.moduleIn(c.Tree, dir, "__main__"); n != nil {
			found = append(found, n)
		}
	}
	return found
}
