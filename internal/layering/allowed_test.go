package layering

// governed are the trees in which every package needs a row in allowed.
var governed = []string{"assemble", "cmd", "extract", "internal/batch", "internal/cli", "internal/python"}

// allowed lists what a package may import of the module, from the top down. A package
// imports what stands below it. A path that ends in /... allows a tree. Test files may import anything.
var allowed = map[string][]string{
	"cmd/slimify": {
		"internal/cli/...", "internal/batch", "internal/nearest", "internal/sandbox",
		"assemble/...", "extract/...",
	},
	"internal/cli/demo": {
		"internal/cli/output", "internal/cli/text", "internal/sample",
		"assemble", "assemble/image", "assemble/reference", "assemble/report",
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

	"extract": {
		"extract/python", "extract/inventory", "extract/explain", "extract/plan", "extract/system", "extract/follow",
		"extract/command", "extract/native", "extract/ecosystem", "extract/official", "extract/debian", "extract/selection",
		"extract/evidence", "layers", "internal/dpkg",
	},
	"extract/verify": {
		"extract/native", "extract/ecosystem", "extract/check", "extract/debian", "extract/view", "extract/evidence", "extract/elffile",
		"layers", "internal/dpkg", "internal/imageconfig", "internal/ldcache",
	},
	"extract/python": {
		"extract/python/imports", "extract/system", "extract/ecosystem", "extract/check", "extract/official", "extract/view",
		"extract/selection", "extract/evidence", "extract/source", "layers",
		"internal/imageconfig", "internal/paths", "internal/pysource", "internal/text",
	},
	"extract/python/imports": {"extract/native", "extract/check", "extract/evidence", "extract/source", "layers", "internal/imageconfig"},
	"extract/inventory":      {"extract/ecosystem", "extract/debian", "extract/selection", "layers", "internal/dpkg"},
	"extract/explain": {
		"extract/ecosystem", "extract/debian", "extract/selection", "extract/evidence", "layers", "internal/dpkg",
		"internal/imageconfig", "internal/nearest", "internal/text",
	},
	"extract/plan": {"extract/ecosystem", "extract/selection", "layers", "internal/text"},
	"extract/system": {
		"extract/ecosystem", "extract/view", "extract/selection", "layers", "internal/imageconfig", "internal/paths",
		"internal/shellquote", "internal/text",
	},
	"extract/follow": {
		"extract/ecosystem", "extract/official", "extract/view", "extract/selection", "extract/evidence", "layers",
		"internal/imageconfig", "internal/text",
	},
	"extract/command": {
		"extract/native", "extract/ecosystem", "extract/official", "extract/view", "extract/selection", "extract/evidence",
		"extract/source", "layers", "internal/imageconfig", "internal/paths", "internal/shellsource", "internal/text",
	},
	"extract/native": {
		"extract/ecosystem", "extract/official", "extract/debian", "extract/view", "extract/selection", "extract/evidence",
		"extract/elffile", "layers", "internal/imageconfig", "internal/ldcache", "internal/text",
	},
	"extract/ecosystem": {"extract/check", "extract/official", "extract/view", "extract/selection", "extract/evidence", "extract/source", "layers"},
	"extract/official":  {"extract/debian", "extract/selection", "layers", "internal/fatbase", "internal/imageconfig"},
	"extract/debian":    {"extract/selection", "layers", "internal/dpkg", "internal/imageconfig", "internal/paths", "internal/text"},
	"extract/view":      {"extract/selection", "layers", "internal/paths"},
	"extract/selection": {"layers"},
	"extract/evidence":  {"extract/source", "extract/elffile", "layers", "internal/dpkg", "internal/shellsource"},
	"extract/check":     {"layers", "internal/imageconfig"},
	"extract/source":    {},
	"extract/elffile":   {},

	"internal/python/lockfile":     {},
	"internal/python/parity":       {"layers", "internal/imageconfig"},
	"internal/python/pipcache":     {},
	"internal/python/requirements": {},
}
