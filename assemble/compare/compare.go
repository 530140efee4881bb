package compare

import (
	"context"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/debian"
)

// Platform reads and compares two images. It keeps nothing that it read: an index may have
// many platforms.
func Platform(ctx context.Context, r *image.Reader, p Pair) (*report.PlatformComparison, error) {
	before, err := image.New(p.beforeRef, p.before)
	if err != nil {
		return nil, err
	}
	after, err := image.New(p.afterRef, p.after)
	if err != nil {
		return nil, err
	}
	var shared report.Shared
	shared.Layers, shared.Size = image.ShareLayers(before, after)
	r.Log.Info("reading the layers of both images", "before", len(before.Layers), "after", len(after.Layers), "shared", shared.Layers)
	b, err := r.Stack(ctx, before, 0, nil, false)
	if err != nil {
		return nil, err
	}
	a, err := r.Stack(ctx, after, 0, nil, false)
	if err != nil {
		return nil, err
	}
	config, err := Settings(before, after)
	if err != nil {
		return nil, err
	}
	c := &report.PlatformComparison{
		Platform:      before.PlatformName(),
		Compressed:    report.Change{Before: before.Compressed(), After: after.Compressed()},
		Unpacked:      report.Change{Before: before.Unpacked(), After: after.Unpacked()},
		Files:         report.Change{Before: countFiles(b.Upper), After: countFiles(a.Upper)},
		Layers:        report.LayerLists{Before: layerDetails(before, after), After: layerDetails(after, before)},
		Shared:        shared,
		Distributions: Distributions(extract.InstalledPackages(b.Upper), extract.InstalledPackages(a.Upper)),
		Debian:        packageChanges(debian.Versions(b.Upper), debian.Versions(a.Upper)),
		Config:        config,
	}
	return c, nil
}

// Pair is one platform of both images.
type Pair struct {
	Platform            string
	beforeRef, afterRef reference.Ref
	before, after       reference.Child
}

// Pairs finds the platforms that both images have (of the given ones, if any are), and the
// platforms that only one has.
func Pairs(before, after *image.Source, platforms []v1.Platform) (pairs []Pair, onlyBefore, onlyAfter []string, err error) {
	bs, err := image.Members(before, platforms)
	if err != nil {
		return nil, nil, nil, err
	}
	as, err := image.Members(after, platforms)
	if err != nil {
		return nil, nil, nil, err
	}
	onlyBefore, onlyAfter = []string{}, []string{}
	for _, b := range bs {
		i := slices.IndexFunc(as, func(a image.Member) bool { return a.Platform == b.Platform })
		if before.Index == nil && after.Index == nil {
			i = 0
		}
		if i < 0 {
			onlyBefore = append(onlyBefore, b.Platform)
			continue
		}
		pairs = append(pairs, Pair{b.Platform, before.Ref, after.Ref, b.Child, as[i].Child})
		as = slices.Delete(as, i, i+1)
	}
	for _, a := range as {
		onlyAfter = append(onlyAfter, a.Platform)
	}
	if len(pairs) == 0 {
		return nil, nil, nil, &image.PlatformError{Ref: after.Ref.String(), Want: strings.Join(onlyBefore, " or "), Have: onlyAfter}
	}
	return pairs, onlyBefore, onlyAfter, nil
}
