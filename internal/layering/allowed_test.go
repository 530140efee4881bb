package layering

// governed are the trees in which every package needs a row in allowed.
var governed = []string{"cmd", "internal/batch", "internal/cli"}

// allowed lists what a package may import of the module, from the top down. A package
// imports what stands below it. A path that ends in /... allows a tree. Tests are free.
var allowed = map[string][]string{
	"cmd/slimify": {
		"internal/cli/...", "internal/batch", "internal/nearest", "internal/report", "internal/sample",
		"assemble/...", "extract/...",
	},
	"internal/cli/help": {
		"internal/cli/settings", "internal/cli/output", "internal/cli/exit", "internal/cli/text", "internal/cli/usage",
		"internal/nearest", "assemble/reference",
	},
	"internal/cli/settings": {
		"internal/cli/terminal", "internal/cli/text", "internal/cli/configfile", "internal/cli/buildinfo", "internal/cli/usage",
		"internal/nearest", "assemble/...", "extract/...",
	},
	"internal/cli/terminal": {"internal/cli/exit", "internal/cli/text", "internal/cli/usage", "assemble/reference"},
	"internal/cli/exit": {
		"internal/cli/text", "internal/cli/configfile", "internal/cli/usage", "internal/batch",
		"internal/sandbox", "assemble/...", "extract/...",
	},
	"internal/cli/output":     {"internal/cli/buildinfo", "internal/cli/usage", "internal/report", "assemble/..."},
	"internal/cli/text":       {"internal/shellquote", "assemble/...", "extract/..."},
	"internal/batch":          {"internal/cli/usage", "assemble/...", "extract/..."},
	"internal/cli/configfile": {},
	"internal/cli/buildinfo":  {},
	"internal/cli/usage":      {},
}
