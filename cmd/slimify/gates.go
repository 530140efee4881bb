package main

import (
	"math"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble/gate"
)

// gateFlags are the flags that fail a command when an image is too large.
type gateFlags struct{ maxSize, minSaving string }

func (g *gateFlags) add(f *pflag.FlagSet) {
	f.StringVar(&g.maxSize, "max-size", "", "fail if a platform of the result has more compressed bytes than this, such as 80MB or 64MiB")
	f.StringVar(&g.minSaving, "min-saving", "", "fail if a platform saves less than this part of its compressed bytes, such as 50%")
}

// parse turns the flags into gates.
func (g *gateFlags) parse() (out gate.Limits, err error) {
	if g.maxSize != "" {
		n, err := humanize.ParseBytes(g.maxSize)
		if err != nil || n == 0 || n > math.MaxInt64 {
			return out, usagef("--max-size %s: give a size such as 80MB or 64MiB", g.maxSize)
		}
		out.MaxSize = int64(n)
	}
	if g.minSaving != "" {
		number, isPercent := strings.CutSuffix(g.minSaving, "%")
		percent, err := strconv.ParseFloat(number, 64)
		if err != nil || !isPercent || !(percent > 0 && percent < 100) { // NaN is neither
			return out, usagef("--min-saving %s: give a part of the size between 0%% and 100%%, such as 50%%", g.minSaving)
		}
		out.MinSaving = percent / 100
	}
	return out, nil
}
