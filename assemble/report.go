package assemble

import (
	"cmp"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/verify"
)

// finish sorts the warnings and adds what the run cost.
func finish(rep *report.Run, c *reference.Counter) {
	rep.Warnings = sortWarnings(rep.Warnings)
	rep.Network = report.Network{Requests: c.Requests.Load(), Downloaded: c.Downloaded.Load(), Uploaded: c.Uploaded.Load(), Mounted: c.Mounted.Load()}
	rep.PeakRSS = peakRSS()
}

// platformReport tells of one platform's result.
func platformReport(a *analysis, slim *slimImage, added []addition, unpacked report.Unpacked) report.Platform {
	digest, _ := slim.Digest() // of bytes in memory: it cannot fail
	p := report.Platform{
		Platform: a.fat.platformName(), Digest: digest,
		Base:          a.base.report(),
		Bytes:         report.Bytes{Compressed: report.Change{Before: a.fat.compressed(), After: slim.size()}, Unpacked: unpacked},
		Distributions: a.distributions(),
		Packages:      a.packages(),
		Groups:        a.groups(a.entries(), true),
		Verdicts:      a.verdicts(),
		Verify:        report.Checked{Status: report.Passed, Checks: append([]string{"assembled tree equals the plan"}, verify.Names()...)},
	}
	for i, bl := range a.base.layers {
		p.Layers = append(p.Layers, report.Layer{Digest: bl.desc.Digest, Size: bl.desc.Size, From: "base", Title: stepText(a.base.config, i)})
	}
	for _, l := range added {
		p.Layers = append(p.Layers, report.Layer{Digest: l.desc.Digest, Size: l.desc.Size, From: l.from, Title: l.title})
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
func unchangedReport(res *result) report.Platform {
	size := res.fat.compressed()
	return report.Platform{
		Platform: res.fat.platformName(), Digest: res.fat.digest, Base: res.base,
		Bytes:  report.Bytes{Compressed: report.Change{Before: size, After: size}},
		Layers: []report.Layer{}, Distributions: []report.Distribution{}, Packages: []report.Package{},
		Verify: report.Checked{Status: report.Skipped},
	}
}

// formerBase is the base that a former run noted in its result.
func formerBase(img *image) report.Base {
	labels := img.config.Config.Labels
	digest, _ := v1.NewHash(labels[labelBaseDigest]) // a label that somebody changed tells nothing
	return report.Base{Ref: labels[labelBaseName], Digest: digest, Why: "noted when the image was slimmed"}
}

// sortWarnings orders warnings and drops those that several platforms share.
func sortWarnings(ws []report.Warning) []report.Warning {
	slices.SortFunc(ws, func(a, b report.Warning) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(ws)
}
