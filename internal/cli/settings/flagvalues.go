package settings

import (
	"maps"
	"slices"

	"github.com/slimify/slimify/assemble/trial"
	"github.com/slimify/slimify/internal/cli/terminal"
)

// FlagValues are the values that a shell completes, by the flag's name.
func FlagValues() map[string][]string {
	return map[string][]string{
		"output":      {"text", "json"},
		"compression": {"gzip", "zstd"},
		"if-larger":   {"fail", "copy"},
		"log-format":  {"text", "json"},
		"progress":    terminal.ProgressForms(),
		"runtime":     append([]string{"auto"}, trial.Runtimes()...),
		"attach":      slices.Sorted(maps.Keys(attachable)),
		"platform":    {"linux/amd64", "linux/arm64", "linux/arm/v7", "linux/386", "linux/ppc64le", "linux/riscv64", "linux/s390x"},
	}
}
