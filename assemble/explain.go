package assemble

import (
	"context"
	"errors"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/internal/cleanup"
)

// ExplainOptions are those of [Explain]. The zero value works.
type ExplainOptions struct {
	Access
	Choices
	// All searches the layers of the original base image even if the item is found
	// elsewhere.
	All bool
}

// Explain returns what [SlimRef] would do with a path, a distribution, a library or a
// package, and why. It writes nothing. What no platform has is an
// [*extract.UnknownWhatError].
func Explain(ctx context.Context, src reference.Ref, what extract.What, opts ExplainOptions) (x *report.Explanation, err error) {
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
	x = &report.Explanation{
		Schema: report.ExplainSchema, Source: report.Named{Ref: src.String(), Digest: fat.Digest}, What: what.String(),
		Run: report.NewRun(), Platforms: []report.PlatformExplanation{},
	}
	members, err := members(fat, opts.Platforms)
	if err != nil {
		return nil, err
	}
	var unknown *extract.UnknownWhatError
	for _, m := range members {
		a, err := analyze(ctx, r, Request{Source: fat, Child: m.child, Choices: opts.Choices}, &x.Run)
		if err != nil {
			return nil, inPlatform(m.platform, len(members), err)
		}
		if a.sel == nil {
			continue
		}
		found, err := extract.Explain(ctx, a.in, &a.base.Base, a.sel, what, opts.All)
		if errors.As(err, &unknown) {
			continue
		}
		if err != nil {
			return nil, inPlatform(m.platform, len(members), err)
		}
		x.Platforms = append(x.Platforms, explanation(a, found))
	}
	if len(x.Platforms) == 0 && unknown != nil {
		return nil, unknown
	}
	x.Unchanged = len(x.Platforms) == 0
	finish(&x.Run, r.Counter)
	return x, nil
}

// explanation is the answer for one platform.
func explanation(a *Analysis, found *extract.Explanation) report.PlatformExplanation {
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
