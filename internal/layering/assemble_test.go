package layering

import (
	"slices"
	"strings"
	"testing"
)

// assembleImports has, for each package below assemble, the packages of this module that
// it may import, from the bottom up. "extract" allows the packages below it, too.
var assembleImports = map[string][]string{
	"assemble/reference": {},
	"assemble/report":    {},
	"assemble/page":      {"assemble/report", "internal/shellquote"},
	"assemble/gate":      {"assemble/report"},
	"assemble/label":     {"assemble/reference", "assemble/report", "internal/cleanup", "internal/rawjson"},
	"assemble/image":     {"assemble/reference", "extract", "layers", "internal/cleanup", "internal/imageconfig", "internal/tablecache"},
	"assemble/compare":   {"assemble/image", "assemble/reference", "assemble/report", "extract", "layers", "internal/imageconfig", "internal/rawjson"},
	"assemble/trial": {
		"assemble/image", "assemble/reference", "assemble/report", "extract", "layers",
		"internal/cleanup", "internal/imageconfig", "internal/parity", "internal/sandbox", "internal/unpack",
	},
	"assemble/analyze": {"assemble/image", "assemble/label", "assemble/reference", "assemble/report", "extract", "internal/imageconfig"},
	"assemble/build": {
		"assemble/analyze", "assemble/image", "assemble/label", "assemble/reference", "assemble/report", "extract", "layers",
		"internal/cleanup", "internal/imageconfig", "internal/rawjson",
	},
	"assemble/freeze": {
		"assemble/analyze", "assemble/image", "assemble/report", "extract", "layers",
		"internal/cleanup", "internal/lockfile", "internal/pipcache", "internal/requirements",
	},
	"assemble/outline":  {"assemble/analyze", "assemble/image", "assemble/report", "extract", "layers"},
	"assemble/picture":  {"assemble/analyze", "assemble/compare", "assemble/image", "assemble/outline", "assemble/report", "extract", "layers"},
	"assemble/uptodate": {"assemble/analyze", "assemble/gate", "assemble/image", "assemble/label", "assemble/reference", "assemble/report", "extract", "internal/imageconfig"},
	"assemble/document": {
		"assemble/analyze", "assemble/build", "assemble/image", "assemble/label", "assemble/reference", "assemble/report", "extract", "layers",
		"assemble/document/internal/provenance", "assemble/document/internal/sbom",
	},
	"assemble/document/internal/provenance": {},
	"assemble/document/internal/sbom":       {"extract"},
	"assemble": {
		"assemble/analyze", "assemble/build", "assemble/compare", "assemble/document", "assemble/freeze", "assemble/gate", "assemble/image",
		"assemble/label", "assemble/outline", "assemble/picture", "assemble/reference", "assemble/report", "assemble/trial", "assemble/uptodate",
		"extract", "layers", "internal/cleanup",
	},
}

func TestAssembleImports(t *testing.T) {
	seen := 0
	for _, p := range list(t) {
		if area(p.ImportPath) != "assemble" {
			continue
		}
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		allowed, ok := assembleImports[name]
		if !ok {
			t.Errorf("%s has no row in the table", name)
			continue
		}
		seen++
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, module+"/")
			if !ours || slices.Contains(allowed, to) || area(imported) == "extract" && slices.Contains(allowed, "extract") {
				continue
			}
			t.Errorf("%s imports %s", name, to)
		}
	}
	if seen != len(assembleImports) {
		t.Errorf("%d packages for %d rows: the table is out of date", seen, len(assembleImports))
	}
}
