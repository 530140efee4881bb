package assemble

import (
	"context"
	"errors"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
)

// Explain tells what [Slim] would do with what a user names, and why. It writes
// nothing. Layers of FAT's own base are read where nothing else has it, or with
// all set. What no platform has is an [*extract.UnknownWhatError].
func Explain(ctx context.Context, src reference.Ref, what extract.What, all bool, opts Options) (x *report.Explanation, err error) {
	r, err := newRun(opts)
	if err != nil {
		return nil, err
	}
	defer func() { err = closeAll(err, r) }()
	fat, err := r.open(ctx, src)
	if err != nil {
		return nil, err
	}
	x = &report.Explanation{
		Schema: report.ExplainSchema, Source: report.Named{Ref: src.String(), Digest: fat.Digest}, What: what.String(), Run: report.NewRun(), Platforms: []report.PlatformExplanation{},
	}
	members, err := r.members(fat)
	if err != nil {
		return nil, err
	}
	var unknown *extract.UnknownWhatError
	for _, m := range members {
		a, err := r.analyze(ctx, fat, m.child, reference.Ref{}, &x.Run)
		if err != nil {
			return nil, inPlatform(m.platform, len(members), err)
		}
		if a.sel == nil {
			continue
		}
		found, err := extract.Explain(ctx, a.in, &a.base.Base, a.sel, what, all)
		if errors.As(err, &unknown) {
			continue
		}
		if err != nil {
			return nil, inPlatform(m.platform, len(members), err)
		}
		x.Platforms = append(x.Platforms, a.explanation(found))
	}
	if len(x.Platforms) == 0 && unknown != nil {
		return nil, unknown
	}
	x.Unchanged = len(x.Platforms) == 0
	finish(&x.Run, r.opts.Session.Counter)
	return x, nil
}

func (a *analysis) explanation(found *extract.Explanation) report.PlatformExplanation {
	p := report.PlatformExplanation{
		Platform: a.fat.platformName(), Base: a.base.report(), Packages: []report.ExplainedPackage{}, Paths: []report.ExplainedPath{}, Partial: found.Partial,
	}
	for _, s := range found.Subjects {
		p.Packages = append(p.Packages, report.ExplainedPackage{Kind: s.Kind, Name: s.Name, Version: s.Version, Path: absolute(s.Path), In: s.In.String()})
	}
	for _, f := range found.Findings {
		out := report.ExplainedPath{
			Path: absolute(f.Path), Directory: f.Dir, Size: f.Size, Verdict: f.Verdict.String(), To: absolute(f.To), Package: f.Package, Keep: f.Keep,
		}
		if f.Verdict == extract.Kept {
			out.Part = f.Part.String()
		}
		out.Chain = links(f.Chain)
		p.Paths = append(p.Paths, out)
	}
	return p
}

// links tells of a chain of reasons as reports do.
func links(chain []extract.Reason) (out []report.Link) {
	for _, r := range chain {
		out = append(out, report.Link{Rule: r.Rule, Reason: r.Text, From: absolute(r.From)})
	}
	return out
}
