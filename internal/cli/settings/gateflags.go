package settings

import (
	"math"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble/gate"
	"github.com/slimify/slimify/internal/cli/usage"
)

// GateFlags are the flags that fail a command if an image is too large.
type GateFlags struct{ maxSize, minSaving string }

// Add defines the flags.
func (g *GateFlags) Add(f *pflag.FlagSet) {
	f.StringVar(&g.maxSize, "max-size", "", "fail if a platform of the result is larger than this, compressed, such as 80MB or 64MiB")
	f.StringVar(&g.minSaving, "min-saving", "", "fail if a platform saves less than this share of its compressed size, such as 50%")
}

// Parse returns the gates.
func (g *GateFlags) Parse() (out gate.Limits, err error) {
	if g.maxSize != "" {
		n, err := humanize.ParseBytes(g.maxSize)
		if err != nil || n == 0 || n > math.MaxInt64 {
			return out, usage.Errorf("--max-size %s: give a size such as 80MB or 64MiB", g.maxSize)
		}
		out.MaxSize = int64(n)
	}
	if g.minSaving != "" {
		number, isPercent := strings.CutSuffix(g.minSaving, "%")
		percent, err := strconv.ParseFloat(number, 64)
		if err != nil || !isPercent || !(percent > 0 && percent < 100) { // NaN is neither
			return out, usage.Errorf("--min-saving %s: give a percentage between 0%% and 100%%, such as 50%%", g.minSaving)
		}
		out.MinSaving = percent / 100
	}
	return out, nil
}
