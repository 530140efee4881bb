package assemble

import (
	"context"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/build"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/outline"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/explain"
	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/cleanup"
)

// PlanOptions are those of [Plan]. The zero value works.
type PlanOptions struct {
	image.Access
	analyze.Choices
	// Strict makes undecided items an error, which comes with the report.
	Strict bool
	// All reads the layers of the original base image, too, and lists each of their
	// paths.
	All bool
}

// Plan returns what [SlimRef] would keep, add, drop and leave undecided, and why. It writes
// nothing. With Strict a [*gate.UndecidedError] comes with the report.
func Plan(ctx context.Context, src reference.Ref, opts PlanOptions) (rep *report.Plan, err error) {
	opts.Choices = opts.WithDefaults()
	r, err := image.NewReader(opts.Access)
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
	var open []selection.Question
	for _, m := range members {
		a, err := analyze.Platform(ctx, r, analyze.Request{Source: fat, Child: m.Child, Choices: opts.Choices}, &rep.Run)
		if err != nil {
			return nil, image.InPlatform(m.Platform, len(members), err)
		}
		if a.Sel == nil {
			continue
		}
		p, err := platformPlan(ctx, r, fat, a, opts.All)
		if err != nil {
			return nil, image.InPlatform(m.Platform, len(members), err)
		}
		rep.Platforms = append(rep.Platforms, *p)
		open = append(open, a.Sel.Questions...)
	}
	rep.Unchanged = len(rep.Platforms) == 0
	finish(&rep.Run, r.Counter)
	return rep, checkDecided(opts.Strict, open)
}

// platformPlan is the plan for one platform.
func platformPlan(ctx context.Context, r *image.Reader, src *image.Source, a *analyze.Analysis, all bool) (*report.PlatformPlan, error) {
	p := &report.PlatformPlan{
		Platform: a.Fat.PlatformName(), Layers: report.LayerCount{Image: len(a.Fat.Layers), OriginalBase: a.Boundary}, Base: a.Base.Report(),
		Distributions: outline.Distributions(a), Packages: outline.Packages(a), Verdicts: outline.Verdicts(a),
	}
	paths := outline.Entries(a)
	if all {
		found, err := explain.OriginalBasePaths(ctx, a.State())
		if err != nil {
			return nil, err
		}
		paths = append(paths, outline.AddCold(p, found)...)
	}
	p.Groups = outline.Groups(a, paths, !all)
	before, estimated, err := r.UnpackedSize(ctx, src, a.Fat)
	if err != nil {
		return nil, err
	}
	compressed, after := build.Estimate(a, plan.New(a.Sel, &a.Base.Base))
	p.Bytes = report.Bytes{
		Compressed: report.Change{Before: a.Fat.Compressed(), After: compressed},
		Unpacked:   report.Unpacked{Before: before, After: after, Estimated: estimated},
	}
	return p, nil
}
