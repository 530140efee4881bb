package assemble

import (
	"context"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/internal/cleanup"
)

// PlanOptions are those of [Plan]. The zero value works.
type PlanOptions struct {
	Access
	Choices
	// Strict makes undecided items an error, which comes with the report.
	Strict bool
	// All reads the layers of the original base image, too, and lists each of their
	// paths.
	All bool
}

// Plan returns what [SlimRef] would keep, add, drop and leave undecided, and why. It
// writes nothing. With Strict an [*UndecidedError] comes with the report.
func Plan(ctx context.Context, src reference.Ref, opts PlanOptions) (rep *report.Plan, err error) {
	opts.Choices = opts.WithDefaults()
	r, err := NewReader(opts.Access)
	if err != nil {
		return nil, err
	}
	defer func() { err = cleanup.Close(err, r) }()
	fat, err := r.Open(ctx, src)
	if err != nil {
		return nil, err
	}
	rep = &report.Plan{
		Schema: report.PlanSchema, Source: report.Named{Ref: src.String(), Digest: fat.Digest}, Run: report.NewRun(), Platforms: []report.PlatformPlan{},
	}
	members, err := choosePlatforms(fat, opts.Platforms, &rep.Run)
	if err != nil {
		return nil, err
	}
	var open []extract.Question
	for _, m := range members {
		a, err := analyze(ctx, r, Request{Source: fat, Child: m.child, Choices: opts.Choices}, &rep.Run)
		if err != nil {
			return nil, inPlatform(m.platform, len(members), err)
		}
		if a.sel == nil {
			continue
		}
		p, err := platformPlan(ctx, r, fat, a, opts.All)
		if err != nil {
			return nil, inPlatform(m.platform, len(members), err)
		}
		rep.Platforms = append(rep.Platforms, *p)
		open = append(open, a.sel.Questions...)
	}
	rep.Unchanged = len(rep.Platforms) == 0
	finish(&rep.Run, r.Counter)
	return rep, checkDecided(opts.Strict, open)
}

// platformPlan is the plan for one platform.
func platformPlan(ctx context.Context, r *Reader, src *source, a *Analysis, all bool) (*report.PlatformPlan, error) {
	p := &report.PlatformPlan{
		Platform: a.fat.platformName(), Layers: report.LayerCount{Image: len(a.fat.layers), OwnBase: a.boundary}, Base: a.base.report(),
		Distributions: distributions(a), Packages: packages(a), Verdicts: verdicts(a),
	}
	paths := entries(a)
	if all {
		found, err := extract.ColdFindings(ctx, a.in, &a.base.Base, a.sel)
		if err != nil {
			return nil, err
		}
		paths = append(paths, addCold(p, found)...)
	}
	p.Groups = groups(a, paths, !all)
	before, estimated, err := r.unpackedSize(ctx, src, a.fat)
	if err != nil {
		return nil, err
	}
	compressed, after := estimate(a, extract.NewPlan(a.sel, &a.base.Base))
	p.Bytes = report.Bytes{
		Compressed: report.Change{Before: a.fat.compressed(), After: compressed},
		Unpacked:   report.Unpacked{Before: before, After: after, Estimated: estimated},
	}
	return p, nil
}
