// Package imports checks whether the modules that Python sources import are
// installed.
package imports

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/source"
	"github.com/slimify/slimify/layers"
)

// Check looks for the modules that the application's sources import. A module that is
// imported only if it is installed, or only when a function is called, may be missing
// on purpose: then the original image decides.
func Check(_ context.Context, in *check.Input, report func(check.Problem)) (items int, err error) {
	c := &checker{
		Input: in, path: searchPath(in.Tree(), in.Config.Env, in.Config.WorkingDir), paths: make(map[*check.Image][]string), report: report,
	}
	sources := make(map[*layers.Node]*source.Source)
	for _, n := range in.Nodes {
		if src := evidence.Source(n); src != nil && in.IsApplication(n.Path()) {
			sources[n] = src
		}
	}
	started := c.runAtStart(sources)
	for _, n := range in.Nodes {
		src := sources[n]
		if src == nil {
			continue
		}
		items += len(src.Imports)
		for i := range src.Imports {
			c.check(statement{Import: &src.Imports[i], file: n, started: started[n]})
		}
	}
	return items, nil
}

// checker checks the imports of one image.
type checker struct {
	*check.Input
	path   []string                  // the search path
	paths  map[*check.Image][]string // those of other images
	report func(check.Problem)
}

// statement is an import statement of a source.
type statement struct {
	*source.Import
	file    *layers.Node
	started bool // the source runs when the container starts
}

// dirs lists the directories in which the statement finds modules. A relative name has
// one. For an absolute name, the source's own directory comes first, as for a script;
// those above it stand for the one that a package is imported from.
func (s statement) dirs(searchPath []string) []string {
	dir := path.Dir(s.file.Path())
	if s.Level > 0 {
		for range s.Level - 1 {
			dir = path.Dir(dir)
		}
		return []string{dir}
	}
	var out []string
	for ; dir != "."; dir = path.Dir(dir) {
		out = append(out, dir)
	}
	return append(out, searchPath...)
}

// empty reports whether the statement imports nothing that can be found by its name.
func (s statement) empty() bool { return s.Level == 0 && s.Module == "" }

// atOnce reports whether the statement runs without a condition when its module is
// imported.
func (s statement) atOnce() bool { return !s.Guarded && !s.Deferred }

// problem is what is reported of the statement. It is not worth a note if the original
// image has it too.
func (c *checker) problem(s statement, message string) check.Problem {
	return check.Problem{
		Path: s.file.Path(), Message: message, Fatal: s.started && s.atOnce(), NoteOnly: s.Guarded, NewOnly: true, FromBase: c.FromBase(s.file),
	}
}

// check looks for the modules of one statement.
func (c *checker) check(s statement) {
	if s.empty() {
		return
	}
	name, dirs := s.Module, s.dirs(c.path)
	found := findModule(c.Image, c.Tree(), dirs, name)
	if name != "" && found == nil {
		if first, _, _ := strings.Cut(name, "."); s.Level == 0 && slices.Contains(builtinModules, first) {
			return
		}
		c.reportModule(s)
		return
	}
	for _, module := range found {
		c.checkExtension(s, module)
	}
	if !c.Compared {
		return // a name may be an attribute: only another image shows whether it is a module
	}
	for _, part := range s.Names {
		if full := strings.TrimPrefix(name+"."+part, "."); part != "*" && findModule(c.Image, c.Tree(), dirs, full) == nil {
			c.reportName(s, full)
		}
	}
}

// missing is the message about a module that is not found.
func missing(s statement, name string) string {
	return fmt.Sprintf("line %d imports %s: module not found", s.Line, strings.Repeat(".", s.Level)+name)
}

// reportModule reports that the module of a statement is missing.
func (c *checker) reportModule(s statement) {
	if s.Guarded && !c.Compared {
		return // the program is written to work without it
	}
	p := c.problem(s, missing(s, s.Module))
	p.In = func(ctx context.Context, other *check.Image) (bool, error) {
		dirs := s.dirs(c.pathOf(other))
		if first, _, dotted := strings.Cut(s.Module, "."); dotted && findModule(c.Image, c.Tree(), dirs, first) != nil {
			// Its package is installed. The original base may have another version
			// of it, which does not count.
			return findModule(other, other.Stack.Upper, dirs, s.Module) == nil, nil
		}
		has, err := hasModule(ctx, other, dirs, s.Module)
		return !has, err
	}
	c.report(p)
}

// reportName reports that a name which is imported from a module is missing, if it is a
// module in the original image. If it is in the original base it may as well be an
// attribute: that is not worth reading its layers.
func (c *checker) reportName(s statement, name string) {
	p := c.problem(s, missing(s, name))
	p.Fatal = false
	p.In = func(_ context.Context, other *check.Image) (bool, error) {
		return findModule(other, other.Stack.Upper, s.dirs(c.pathOf(other)), name) == nil, nil
	}
	c.report(p)
}

// pathOf is the search path of another image. The directories of its original base are
// those of the checked image.
func (c *checker) pathOf(other *check.Image) []string {
	dirs, ok := c.paths[other]
	if !ok {
		dirs = append(searchPath(other.Stack.Upper, other.Config.Env, other.Config.WorkingDir), c.path...)
		c.paths[other] = dirs
	}
	return dirs
}
