package assemble

import (
	"context"
	"errors"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/outline"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/explain"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/cleanup"
)

// ExplainOptions are those of [Explain]. The zero value works.
type ExplainOptions struct {
	image.Access
	analyze.Choices
	// All searches the layers of the original base image even if the item is found
	// elsewhere.
	All bool
}

// Explain returns what [SlimRef] would do with a path, a distribution, a library or a
// package, and why. It writes nothing. What no platform has is an
// [*explain.NotFoundError].
func Explain(ctx context.Context, src reference.Ref, query explain.Query, opts ExplainOptions) (x *report.Explanation, err error) {
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
	x = &report.Explanation{
		Schema: report.ExplainSchema, Source: report.Named{Ref: src.String(), Digest: fat.Digest}, Query: query.String(),
		Run: report.NewRun(), Platforms: []report.PlatformExplanation{},
	}
	members, err := image.Members(fat, opts.Platforms)
	if err != nil {
		return nil, err
	}
	var unknown *explain.NotFoundError
	for _, m := range members {
		a, err := analyze.Platform(ctx, r, analyze.Request{Source: fat, Child: m.Child, Choices: opts.Choices}, &x.Run)
		if err != nil {
			return nil, image.InPlatform(m.Platform, len(members), err)
		}
		if a.Sel == nil {
			continue
		}
		found, err := extract.Explain(ctx, a.State(), query, opts.All)
		if errors.As(err, &unknown) {
			continue
		}
		if err != nil {
			return nil, image.InPlatform(m.Platform, len(members), err)
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
func explanation(a *analyze.Analysis, found *explain.Answer) report.PlatformExplanation {
	p := report.PlatformExplanation{
		Platform: a.Fat.PlatformName(), Base: a.Base.Report(), Partial: found.Partial,
		Packages: []report.ExplainedPackage{}, Paths: []report.ExplainedPath{},
	}
	for _, s := range found.Packages {
		p.Packages = append(p.Packages, report.ExplainedPackage{
			Kind: s.Kind, Name: s.Name, Version: s.Version, Path: image.Absolute(s.Path), In: s.In.String(),
		})
	}
	for _, f := range found.Paths {
		out := report.ExplainedPath{
			Path: image.Absolute(f.Path), Directory: f.Dir, Size: f.Size, Verdict: f.Verdict.String(),
			To: image.Absolute(f.To), Package: f.Package, Keep: f.Keep,
		}
		if f.Verdict == selection.Kept {
			out.Part = f.Part.String()
		}
		out.Chain = outline.Chain(f.Chain)
		p.Paths = append(p.Paths, out)
	}
	return p
}
