package assemble

import (
	"context"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/verify"
	"github.com/slimify/slimify/internal/imageconfig"
)

// finish sorts the warnings and adds what the run cost.
func finish(rep *report.Run, c *reference.Counter) {
	rep.Warnings = report.SortWarnings(rep.Warnings)
	rep.Network = report.Network{Requests: c.Requests.Load(), Downloaded: c.Downloaded.Load(), Uploaded: c.Uploaded.Load(), Mounted: c.Mounted.Load()}
	rep.PeakRSS = peakRSS()
}

// platformReport is the report on one platform's result, without what was found in its
// assembled tree.
func platformReport(ctx context.Context, r *Reader, src *source, a *Analysis, slim *slimImage, added []addition) (*report.Platform, error) {
	before, estimated, err := r.unpackedSize(ctx, src, a.fat)
	if err != nil {
		return nil, err
	}
	digest, _ := slim.Digest() // of bytes in memory: it cannot fail
	p := &report.Platform{
		Platform: a.fat.platformName(), Digest: digest,
		Base:          a.base.report(),
		Bytes:         report.Bytes{Compressed: report.Change{Before: a.fat.compressed(), After: slim.size()}, Unpacked: report.Unpacked{Before: before, Estimated: estimated}},
		Distributions: distributions(a),
		Packages:      packages(a),
		Groups:        groups(a, entries(a), true),
		Verdicts:      verdicts(a),
		Verify:        report.Checked{Status: report.Passed, Checks: append([]string{"assembled tree equals the plan"}, verify.Names()...)},
	}
	for i, bl := range a.base.layers {
		p.Layers = append(p.Layers, report.Layer{Digest: bl.desc.Digest, Size: bl.desc.Size, From: "base", Title: stepText(a.base.config, i)})
	}
	for _, l := range added {
		p.Layers = append(p.Layers, report.Layer{Digest: l.desc.Digest, Size: l.desc.Size, From: l.from, Title: l.title})
	}
	config, err := slim.ConfigFile()
	if err != nil {
		return nil, err
	}
	p.Config, err = settingChanges(a.fat, &image{ref: a.fat.ref, config: config, rawConfig: slim.config})
	return p, err
}

// stepText is the instruction that made a layer; "" if history does not say.
func stepText(config *v1.ConfigFile, layer int) string {
	_, text, _ := strings.Cut(imageconfig.LayerText(config, layer), ": ")
	return text
}

// unchangedReport is the report on a platform that is written as it is. What was not
// computed is null.
func unchangedReport(res *result) report.Platform {
	size := res.fat.compressed()
	return report.Platform{
		Platform: res.fat.platformName(), Digest: res.fat.digest, Base: res.base,
		Bytes:  report.Bytes{Compressed: report.Change{Before: size, After: size}},
		Layers: []report.Layer{}, Distributions: []report.Distribution{}, Packages: []report.Package{},
		Verify: report.Checked{Status: report.Skipped},
	}
}
