package python

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// leanModules are extension modules of the standard library whose libraries the official
// slim images lack, each with the modules that import it.
var leanModules = []struct {
	extension string
	imported  []string
}{
	{"_tkinter", []string{"tkinter", "_tkinter", "turtle", "turtledemo", "idlelib"}},
}

// readModules are modules of the standard library that read a system file, and work less
// well without it.
var readModules = []struct{ imported, file string }{
	{"mimetypes", "etc/mime.types"},
}

// standardLibrary lists what imported modules of the standard library need: the libraries
// of extension modules that would not load in the base, and files that modules read.
func standardLibrary(s *selection.State) []ecosystem.SystemNeed {
	var out []ecosystem.SystemNeed
	for _, m := range readModules {
		from, line := importOf(s.Selection, []string{m.imported})
		if from == nil {
			continue
		}
		if _, err := s.Base.Tree.Lookup(m.file); err != nil {
			text := fmt.Sprintf("read by %s, which %s:%d imports", m.imported, path.Base(from.Path), line)
			out = append(out, ecosystem.SystemNeed{By: from, Reason: selection.Reason{Rule: selection.Opened, Text: text, From: from.Path}, File: "/" + m.file})
		}
	}
	dir, err := s.Base.Tree.Lookup(stdlibDir(s.Base.Runtime) + "/lib-dynload")
	if err != nil {
		return out // the base has no extension modules
	}
	for _, m := range leanModules {
		from, line := importOf(s.Selection, m.imported)
		if from == nil {
			continue
		}
		for _, n := range dir.Children() {
			if stem, _, _ := strings.Cut(n.Base(), "."); stem != m.extension {
				continue
			}
			text := fmt.Sprintf("DT_NEEDED of %s, which %s:%d imports", n.Base(), path.Base(from.Path), line)
			out = append(out, ecosystem.SystemNeed{By: from, Reason: selection.Reason{Rule: selection.Needed, Text: text, From: from.Path}, Libraries: n})
		}
	}
	return out
}

// importOf returns a kept source that imports one of the modules, and the line.
func importOf(sel *selection.Selection, modules []string) (*selection.Item, int) {
	for _, it := range sel.Items {
		if it.Verdict != selection.Kept || it.Kind != layers.File {
			continue
		}
		src := evidence.Source(it.Node)
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
