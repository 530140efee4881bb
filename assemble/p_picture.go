package assemble

import (
	"context"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/layers"
)

// drawPicture draws up the picture of a result. It reads all of FAT's layers; what
// was decided stays as it is.
func drawPicture(ctx context.Context, r *Reader, a *Analysis, tree *layers.Tree) (*report.Picture, error) {
	if err := r.index(ctx, a.fat, 0, a.boundary, false); err != nil {
		return nil, err
	}
	p := &report.Picture{}
	before, after := make(shares), make(shares)
	single, err := shareOut(ctx, a, tree, before, after)
	if err != nil {
		return nil, err
	}
	shareBase(a, tree, after)
	versions, err := extract.DebianVersions(ctx, a.in)
	if err != nil {
		return nil, err
	}
	now := extract.DebianPackages(tree)
	p.Fat, p.Slim = before.list(versions), after.list(now)
	p.Distributions = distChanges(sharedDistributions(p.Fat), sharedDistributions(p.Slim))
	p.Debian = debianChanges(sharedPackages(p.Fat, versions), sharedPackages(p.Slim, now))
	p.Additions = additions(a, single)
	for _, gone := range a.sel.Removals {
		p.Removals = append(p.Removals, report.Path{Path: "/" + gone.Path, Rule: gone.Reason.Rule.Name, Reason: gone.Reason.Text})
	}
	for i, b := range a.fat.layers {
		from := "image"
		if i < a.boundary {
			from = "own base"
		}
		p.FatLayers = append(p.FatLayers, report.Layer{Digest: b.desc.Digest, Size: b.desc.Size, From: from, Title: stepText(a.fat.config, i)})
	}
	return p, nil
}
