package assemble

import (
	"context"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/build"
	"github.com/slimify/slimify/assemble/compare"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/outline"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/verify"
)

// finish sorts the warnings and adds what the run cost.
func finish(rep *report.Run, c *reference.Counter) {
	rep.Warnings = report.SortWarnings(rep.Warnings)
	rep.Network = report.Network{Requests: c.Requests.Load(), Downloaded: c.Downloaded.Load(), Uploaded: c.Uploaded.Load(), Mounted: c.Mounted.Load()}
	rep.PeakRSS = peakRSS()
}

// platformReport is the report on one platform's result, without what was found in its
// assembled tree.
func platformReport(ctx context.Context, r *image.Reader, src *image.Source, a *analyze.Analysis, slim *build.Image, added []build.Layer) (*report.Platform, error) {
	before, estimated, err := r.UnpackedSize(ctx, src, a.Fat)
	if err != nil {
		return nil, err
	}
	digest, _ := slim.Digest() // of bytes in memory: it cannot fail
	p := &report.Platform{
		Platform: a.Fat.PlatformName(), Digest: digest,
		Base: a.Base.Report(),
		Bytes: report.Bytes{
			Compressed: report.Change{Before: a.Fat.Compressed(), After: slim.CompressedSize()},
			Unpacked:   report.Unpacked{Before: before, Estimated: estimated},
		},
		Distributions: outline.Distributions(a),
		Packages:      outline.Packages(a),
		Groups:        outline.Groups(a, outline.Entries(a), true),
		Verdicts:      outline.Verdicts(a),
		Verify:        report.Checked{Status: report.Passed, Checks: append([]string{"assembled tree equals the plan"}, verify.Names(extract.Ecosystems())...)},
	}
	for i, bl := range a.Base.Layers {
		p.Layers = append(p.Layers, report.Layer{Digest: bl.Descriptor.Digest, Size: bl.Descriptor.Size, From: "base", Title: image.StepText(a.Base.Image.Config, i)})
	}
	for _, l := range added {
		p.Layers = append(p.Layers, report.Layer{Digest: l.Descriptor.Digest, Size: l.Descriptor.Size, From: l.From, Title: l.Title})
	}
	config, err := slim.ConfigFile()
	if err != nil {
		return nil, err
	}
	raw, err := slim.RawConfigFile()
	if err != nil {
		return nil, err
	}
	p.Config, err = compare.Settings(a.Fat, &image.Image{Ref: a.Fat.Ref, Config: config, RawConfig: raw})
	return p, err
}

// unchangedReport is the report on a platform that is written as it is. What was not
// computed is null.
func unchangedReport(res *build.Result) report.Platform {
	size := res.Fat.Compressed()
	return report.Platform{
		Platform: res.Fat.PlatformName(), Digest: res.Fat.Digest, Base: res.Base,
		Bytes:  report.Bytes{Compressed: report.Change{Before: size, After: size}},
		Layers: []report.Layer{}, Distributions: []report.Distribution{}, Packages: []report.Package{},
		Verify: report.Checked{Status: report.Skipped},
	}
}
