package main

import (
	"maps"
	"slices"

	"github.com/slimify/slimify/assemble"
)

// flagValues are the values that a shell offers for flags, by the flag's name.
func flagValues() map[string][]string {
	return map[string][]string{
		"output":      {"text", "json"},
		"compression": {"gzip", "zstd"},
		"if-larger":   {"fail", "copy"},
		"log-format":  {"text", "json"},
		"progress":    progressForms(),
		"runtime":     append([]string{"auto"}, assemble.Runtimes()...),
		"attach":      slices.Sorted(maps.Keys(attachable)),
		"platform":    {"linux/amd64", "linux/arm64", "linux/arm/v7", "linux/386", "linux/ppc64le", "linux/riscv64", "linux/s390x"},
	}
}
