package picture

import (
	"context"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/compare"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/explain"
	"github.com/slimify/slimify/layers"
)

// Draw returns the picture of a result. It reads all layers of the source; the result stays
// the same.
func Draw(ctx context.Context, r *image.Reader, a *analyze.Analysis, tree *layers.Tree) (*report.Picture, error) {
	if err := r.Index(ctx, a.Fat, 0, a.Boundary, false); err != nil {
		return nil, err
	}
	p := &report.Picture{}
	before, after := make(shares), make(shares)
	single, err := shareOut(ctx, a, tree, before, after)
	if err != nil {
		return nil, err
	}
	shareBase(a, tree, after)
	versions, err := explain.VersionsOfImage(ctx, a.In)
	if err != nil {
		return nil, err
	}
	now := debian.Versions(tree)
	p.Fat, p.Slim = before.list(versions), after.list(now)
	p.Distributions = compare.Distributions(sharedDistributions(p.Fat), sharedDistributions(p.Slim))
	p.Debian = compare.Packages(sharedPackages(p.Fat, versions), sharedPackages(p.Slim, now))
	p.Additions = additions(a, single)
	for _, gone := range a.Sel.Removals {
		p.Removals = append(p.Removals, report.Path{Path: "/" + gone.Path, Rule: gone.Reason.Rule.Name, Reason: gone.Reason.Text})
	}
	for i, b := range a.Fat.Layers {
		from := "image"
		if i < a.Boundary {
			from = "original base"
		}
		p.FatLayers = append(p.FatLayers, report.Layer{Digest: b.Descriptor.Digest, Size: b.Descriptor.Size, From: from, Title: image.StepText(a.Fat.Config, i)})
	}
	return p, nil
}
