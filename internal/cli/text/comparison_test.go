package text

import (
	"bytes"
	"strings"
	"testing"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/golden"
)

// Several platforms, long names, images without layers, equal images.
func TestPrintComparison(t *testing.T) {
	t.Parallel()
	long := "registry.example.com/team/department/" + strings.Repeat("application-", 4) + "service:1.0.0"
	equal := report.PlatformComparison{
		Platform: "linux/arm64", Files: report.Change{Before: 12, After: 14}, Compressed: report.Change{Before: 10, After: 10},
		Layers: report.LayerLists{Before: []report.LayerDetail{{Size: 10, Shared: true}}, After: []report.LayerDetail{{Size: 10, Shared: true}}},
		Shared: report.Shared{Layers: 1, Size: 10},
		Distributions: []report.PackageChange{
			{Name: "app", Before: &report.PackageVersion{Size: 5}, After: &report.PackageVersion{Version: "0.1", Size: 6}},
		},
	}
	c := &report.Comparison{
		Before: report.Named{Ref: long}, After: report.Named{Ref: long + "-slim"},
		Platforms: []report.PlatformComparison{{Platform: "linux/amd64"}, equal}, OnlyBefore: []string{"linux/s390x", "linux/riscv64"},
	}
	var out bytes.Buffer
	PrintComparison(&out, c)
	golden.Check(t, "testdata/compare-platforms.golden", out.String())
}
