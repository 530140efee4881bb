package layering

// governed are the trees in which every package needs a row in allowed.
var governed = []string{"assemble", "cmd", "internal/batch", "internal/cli"}

// allowed lists what a package may import of the module, from the top down. A package
// imports what stands below it. A path that ends in /... allows a tree. Test files may import anything.
var allowed = map[string][]string{
	"cmd/slimify": {
		"internal/cli/...", "internal/batch", "internal/nearest", "internal/sample", "internal/sandbox",
		"assemble/...", "extract/...",
	},
	"internal/cli/help": {
		"internal/cli/settings", "internal/cli/output", "internal/cli/exit", "internal/cli/text", "internal/cli/usage",
		"internal/nearest", "assemble/reference",
	},
	"internal/cli/settings": {
		"internal/cli/terminal", "internal/cli/text", "internal/cli/configfile", "internal/cli/buildinfo", "internal/cli/usage",
		"internal/nearest", "extract/...",
		"assemble", "assemble/analyze", "assemble/gate", "assemble/reference", "assemble/report", "assemble/trial",
	},
	"internal/cli/terminal": {"internal/cli/exit", "internal/cli/text", "internal/cli/usage", "assemble/reference"},
	"internal/cli/exit": {
		"internal/cli/text", "internal/cli/configfile", "internal/cli/usage", "internal/batch",
		"internal/sandbox", "assemble/...", "extract/...",
	},
	"internal/cli/output": {
		"internal/cli/buildinfo", "internal/cli/usage",
		"assemble", "assemble/page", "assemble/reference", "assemble/report",
	},
	"internal/cli/text":       {"internal/shellquote", "assemble/reference", "assemble/report"},
	"internal/batch":          {"internal/cli/usage", "assemble", "assemble/reference", "assemble/report", "extract/..."},
	"internal/cli/configfile": {},
	"internal/cli/buildinfo":  {},
	"internal/cli/usage":      {},

	"assemble": {
		"assemble/analyze", "assemble/build", "assemble/compare", "assemble/document", "assemble/freeze", "assemble/gate", "assemble/image",
		"assemble/label", "assemble/outline", "assemble/picture", "assemble/reference", "assemble/report", "assemble/trial", "assemble/uptodate",
		"extract/...", "layers", "internal/cleanup",
	},
	"assemble/document": {
		"assemble/analyze", "assemble/build", "assemble/image", "assemble/label", "assemble/reference", "assemble/report", "extract/...", "layers",
		"assemble/document/internal/provenance", "assemble/document/internal/sbom",
	},
	"assemble/document/internal/sbom":       {"extract/..."},
	"assemble/document/internal/provenance": {},
	"assemble/uptodate":                     {"assemble/analyze", "assemble/gate", "assemble/image", "assemble/label", "assemble/reference", "assemble/report", "extract/..."},
	"assemble/picture":                      {"assemble/analyze", "assemble/compare", "assemble/image", "assemble/outline", "assemble/report", "extract/...", "layers"},
	"assemble/outline":                      {"assemble/analyze", "assemble/image", "assemble/report", "extract/...", "layers"},
	"assemble/freeze": {
		"assemble/analyze", "assemble/image", "assemble/report", "extract/...", "layers",
		"internal/cleanup", "internal/python/lockfile", "internal/python/pipcache", "internal/python/requirements",
	},
	"assemble/build": {
		"assemble/analyze", "assemble/image", "assemble/label", "assemble/reference", "assemble/report", "extract/...", "internal/imageconfig", "layers",
		"internal/cleanup", "internal/rawjson",
	},
	"assemble/analyze": {"assemble/image", "assemble/label", "assemble/reference", "assemble/report", "extract/...", "internal/imageconfig"},
	"assemble/trial": {
		"assemble/image", "assemble/reference", "assemble/report", "extract/...", "internal/imageconfig", "layers",
		"internal/cleanup", "internal/python/parity", "internal/sandbox", "internal/unpack",
	},
	"assemble/compare":   {"assemble/image", "assemble/reference", "assemble/report", "extract/...", "internal/imageconfig", "layers", "internal/rawjson"},
	"assemble/image":     {"assemble/reference", "extract/...", "internal/imageconfig", "layers", "internal/cleanup", "internal/tablecache"},
	"assemble/label":     {"assemble/reference", "assemble/report", "internal/cleanup", "internal/rawjson"},
	"assemble/gate":      {"assemble/report"},
	"assemble/page":      {"assemble/report", "internal/shellquote"},
	"assemble/report":    {},
	"assemble/reference": {},

	"extract/verify": {
		"extract/check", "extract/debian", "extract/ecosystem", "extract/elffile", "extract/evidence", "extract/native", "extract/view", "layers",
		"internal/dpkg", "internal/imageconfig", "internal/ldcache",
	},
	"extract/python": {
		"extract/check", "extract/ecosystem", "extract/evidence", "extract/official", "extract/python/imports", "extract/selection", "extract/source",
		"extract/system", "extract/view", "layers", "internal/imageconfig", "internal/paths", "internal/pysource", "internal/text",
	},
	"extract/python/imports":       {"extract/check", "extract/evidence", "extract/native", "extract/source", "layers", "internal/imageconfig"},
	"extract/check":                {"layers", "internal/imageconfig"},
	"internal/python/lockfile":     {},
	"internal/python/parity":       {},
	"internal/python/pipcache":     {},
	"internal/python/requirements": {},
}
