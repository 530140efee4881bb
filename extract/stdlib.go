package extract

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/layers"
)

// leanModules are extension modules of the standard library that the official
// slim images have without the libraries that they need, by the names under
// which programs import them.
var leanModules = []struct {
	extension string
	imported  []string
}{
	{"_tkinter", []string{"tkinter", "_tkinter", "turtle", "turtledemo", "idlelib"}},
}

// readModules are modules of the standard library that read a file of the
// system, and work less well without it.
var readModules = []struct{ imported, file string }{
	{"mimetypes", "etc/mime.types"},
}

// standardLibrary keeps what modules of the standard library need that the
// application imports: the libraries of extension modules that would not load in
// the base, and files that modules read.
func (l *linker) standardLibrary(ctx context.Context) error {
	for _, m := range readModules {
		from, line := l.importOf([]string{m.imported})
		if from == nil {
			continue
		}
		if _, err := l.base.Tree.Lookup(m.file); err == nil {
			continue
		}
		reason := Reason{RuleOpened, fmt.Sprintf("read by %s, which %s:%d imports", m.imported, path.Base(from.Path), line), from.Path}
		if err := l.keep(ctx, from, "/"+m.file, reason); err != nil && !layers.NotExist(err) {
			return err
		}
	}
	dir, err := l.base.Tree.Lookup(l.base.Python.Lib() + "/lib-dynload")
	if err != nil {
		return nil //nolint:nilerr // a base without extension modules
	}
	for _, m := range leanModules {
		from, line := l.importOf(m.imported)
		if from == nil {
			continue
		}
		for _, n := range dir.Children() {
			if stem, _, _ := strings.Cut(n.Base(), "."); stem != m.extension || l.info(n) == nil {
				continue
			}
			reason := Reason{RuleNeeded, fmt.Sprintf("DT_NEEDED of %s, which %s:%d imports", n.Base(), path.Base(from.Path), line), from.Path}
			if err := l.needsOfBase(ctx, &Item{Node: n, Path: n.Path()}, reason); err != nil {
				return err
			}
		}
	}
	return nil
}

// importOf returns a kept source that imports one of some modules, and the line.
func (l *linker) importOf(modules []string) (*Item, int) {
	for _, it := range l.sel.Items {
		if it.Verdict != Kept || it.Kind != layers.File {
			continue
		}
		src := PythonSource(it.Node)
		if src == nil {
			continue
		}
		for _, imp := range src.Imports {
			if top, _, _ := strings.Cut(imp.Module, "."); imp.Level == 0 && slices.Contains(modules, top) {
				return it, imp.Line
			}
		}
	}
	return nil, 0
}
