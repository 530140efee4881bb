package text

import (
	"bytes"
	"strings"
	"testing"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/internal/golden"
)

// Several platforms, long names, images without layers, equal images.
func TestPrintComparison(t *testing.T) {
	t.Parallel()
	long := "registry.example.com/team/department/" + strings.Repeat("application-", 4) + "service:1.0.0"
	equal := assemble.PlatformComparison{
		Platform: "linux/arm64", Files: assemble.Change{Before: 12, After: 14}, Compressed: assemble.Change{Before: 10, After: 10},
		Layers: assemble.LayerLists{Before: []assemble.LayerDetail{{Size: 10, Shared: true}}, After: []assemble.LayerDetail{{Size: 10, Shared: true}}},
		Shared: assemble.Shared{Layers: 1, Size: 10},
		Distributions: []assemble.DistChange{
			{Name: "app", Before: &assemble.DistVersion{Size: 5}, After: &assemble.DistVersion{Version: "0.1", Size: 6}},
		},
	}
	c := &assemble.Comparison{
		Before: assemble.Named{Ref: long}, After: assemble.Named{Ref: long + "-slim"},
		Platforms: []assemble.PlatformComparison{{Platform: "linux/amd64"}, equal}, OnlyBefore: []string{"linux/s390x", "linux/riscv64"},
	}
	var out bytes.Buffer
	PrintComparison(&out, c)
	golden.Check(t, "testdata/compare-platforms.golden", out.String())
}
