package assemble

import (
	"context"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/layers"
)

// Picture tells whose bytes both images hold and what became of each, summed
// over files: what a page shows of a run. Sizes are in bytes, lists
// have the largest first. [Options.Picture] asks for it.
type Picture struct {
	// Fat and Slim share out all bytes that a container of each image sees. A
	// second name of a file has none.
	Fat, Slim []Share
	// FatLayers are FAT's layers, From being "own base" or "image".
	FatLayers []LayerReport
	// Additions are what comes along though no layer of the user's holds it, and
	// files that were made here.
	Additions []Addition
	// Distributions and Debian are the packages of both images, sorted by name.
	Distributions, Debian []DistChange
	// Removals are what the base has, and the result has not because FAT has not.
	Removals []PathReport
}

// Share is what one package, or one place in the tree, has of an image's bytes.
type Share struct {
	Origin Origin
	// Group is the title of what [Plan] counts its paths to; in FAT a share's
	// paths have one verdict. Why is the reason of the largest file.
	Group, Why string
	// Kind is "distribution", "Debian package", or "" of a place.
	Kind, Name, Version string
	Files               int
	Bytes               int64
	Largest             []Sized // its largest files, by path
}

// Origin says from where bytes come, and in FAT whether they stay behind.
type Origin string

// The origins.
const (
	FromBase          Origin = "base"
	FromDebian        Origin = "debian"
	FromDistributions Origin = "distributions"
	FromApplication   Origin = "application"
	FromElsewhere     Origin = "other"
	LeftBehind        Origin = "dropped"
)

// Addition is something that the result gains, with the evidence for that.
type Addition struct {
	Kind          string // "Debian package", "file", or "made here"
	Name, Version string
	Files         int
	Bytes         int64
	Chain         []Link
}

// Kinds of shares and additions.
const (
	kindDistribution = "distribution"
	kindDebian       = "Debian package"
	kindFile         = "file"
	kindMade         = "made here"
)

// picture draws up the picture of a result. It reads all of FAT's layers; what
// was decided stays as it is.
func (r *run) picture(ctx context.Context, a *analysis, tree *layers.Tree) (*Picture, error) {
	if err := r.index(ctx, a.fat, 0, a.boundary, false); err != nil {
		return nil, err
	}
	p := &Picture{}
	before, after := make(shares), make(shares)
	single, err := a.shareOut(ctx, tree, before, after)
	if err != nil {
		return nil, err
	}
	a.shareBase(tree, after)
	versions, err := extract.DebianVersions(ctx, a.in)
	if err != nil {
		return nil, err
	}
	now := extract.DebianPackages(tree)
	p.Fat, p.Slim = before.list(versions), after.list(now)
	p.Distributions = distChanges(sharedDistributions(p.Fat), sharedDistributions(p.Slim))
	p.Debian = debianChanges(sharedPackages(p.Fat, versions), sharedPackages(p.Slim, now))
	p.Additions = a.additions(single)
	for _, gone := range a.sel.Removals {
		p.Removals = append(p.Removals, PathReport{Path: "/" + gone.Path, Rule: gone.Reason.Rule.Name, Reason: gone.Reason.Text})
	}
	for i, b := range a.fat.layers {
		from := "image"
		if i < a.boundary {
			from = "own base"
		}
		p.FatLayers = append(p.FatLayers, LayerReport{b.desc.Digest, b.desc.Size, from, stepText(a.fat.config, i)})
	}
	return p, nil
}
