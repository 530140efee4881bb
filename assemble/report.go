package assemble

import (
	"cmp"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/verify"
)

// finish sorts the warnings and adds what the run cost.
func finish(rep *Run, c *reference.Counter) {
	rep.Warnings = sortWarnings(rep.Warnings)
	rep.Network = Network{c.Requests.Load(), c.Downloaded.Load(), c.Uploaded.Load(), c.Mounted.Load()}
	rep.PeakRSS = peakRSS()
}

// platformReport tells of one platform's result.
func platformReport(a *analysis, slim *slimImage, added []addition, unpacked Unpacked) PlatformReport {
	digest, _ := slim.Digest() // of bytes in memory: it cannot fail
	p := PlatformReport{
		Platform: a.fat.platformName(), Digest: digest,
		Base:          a.base.report(),
		Bytes:         Bytes{Compressed: Change{a.fat.compressed(), slim.size()}, Unpacked: unpacked},
		Distributions: a.distributions(),
		Packages:      a.packages(),
		Groups:        a.groups(a.entries(), true),
		Verdicts:      a.verdicts(),
		Verify:        VerifyReport{Status: passed, Checks: append([]string{"assembled tree equals the plan"}, verify.Names()...)},
	}
	for i, bl := range a.base.layers {
		p.Layers = append(p.Layers, LayerReport{bl.desc.Digest, bl.desc.Size, "base", stepText(a.base.config, i)})
	}
	for _, l := range added {
		p.Layers = append(p.Layers, LayerReport{l.desc.Digest, l.desc.Size, l.from, l.title})
	}
	return p
}

// stepText is the instruction that made a layer, "" where history does not tell.
func stepText(config *v1.ConfigFile, layer int) string {
	_, text, _ := strings.Cut(extract.LayerText(config, layer), ": ")
	return text
}

// unchangedReport tells of a platform that is written as it is. What nobody
// looked for is null.
func unchangedReport(res *result) PlatformReport {
	size := res.fat.compressed()
	return PlatformReport{
		Platform: res.fat.platformName(), Digest: res.fat.digest, Base: res.base,
		Bytes:  Bytes{Compressed: Change{size, size}},
		Layers: []LayerReport{}, Distributions: []DistReport{}, Packages: []DebReport{},
		Verify: VerifyReport{Status: skipped},
	}
}

// formerBase is the base that a former run noted in its result.
func formerBase(img *image) BaseReport {
	labels := img.config.Config.Labels
	digest, _ := v1.NewHash(labels[labelBaseDigest]) // a label that somebody changed tells nothing
	return BaseReport{labels[labelBaseName], digest, "noted when the image was slimmed"}
}

// sortWarnings orders warnings and drops those that several platforms share.
func sortWarnings(ws []Warning) []Warning {
	slices.SortFunc(ws, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(ws)
}
