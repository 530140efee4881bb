package assemble

import (
	"context"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
)

// comparePair reads and compares two images. It keeps nothing of what it read: an index
// may have many platforms.
func comparePair(ctx context.Context, r *Reader, p pair) (*report.PlatformComparison, error) {
	before, err := openImage(p.beforeRef, p.before)
	if err != nil {
		return nil, err
	}
	after, err := openImage(p.afterRef, p.after)
	if err != nil {
		return nil, err
	}
	var shared report.Shared
	shared.Layers, shared.Size = shareBlobs(before, after)
	r.Log.Info("reading the layers of both images", "before", len(before.layers), "after", len(after.layers), "shared", shared.Layers)
	b, err := r.stack(ctx, before, 0, nil, false)
	if err != nil {
		return nil, err
	}
	a, err := r.stack(ctx, after, 0, nil, false)
	if err != nil {
		return nil, err
	}
	config, err := settingChanges(before, after)
	if err != nil {
		return nil, err
	}
	c := &report.PlatformComparison{
		Platform:      before.platformName(),
		Compressed:    report.Change{Before: before.compressed(), After: after.compressed()},
		Unpacked:      report.Change{Before: before.unpacked(), After: after.unpacked()},
		Files:         report.Change{Before: countFiles(b.Upper), After: countFiles(a.Upper)},
		Layers:        report.LayerLists{Before: layerDetails(before, after), After: layerDetails(after, before)},
		Shared:        shared,
		Distributions: distChanges(extract.InstalledIn(b.Upper), extract.InstalledIn(a.Upper)),
		Debian:        packageChanges(extract.DebianPackages(b.Upper), extract.DebianPackages(a.Upper)),
		Config:        config,
	}
	return c, nil
}

// pair is one platform of both images.
type pair struct {
	platform            string
	beforeRef, afterRef reference.Ref
	before, after       reference.Child
}

// pairPlatforms finds the platforms that both images have, among those that are given if
// any are, and the platforms that only one has.
func pairPlatforms(before, after *source, platforms []v1.Platform) (pairs []pair, onlyBefore, onlyAfter []string, err error) {
	bs, err := members(before, platforms)
	if err != nil {
		return nil, nil, nil, err
	}
	as, err := members(after, platforms)
	if err != nil {
		return nil, nil, nil, err
	}
	onlyBefore, onlyAfter = []string{}, []string{}
	for _, b := range bs {
		i := slices.IndexFunc(as, func(a member) bool { return a.platform == b.platform })
		if before.Index == nil && after.Index == nil {
			i = 0
		}
		if i < 0 {
			onlyBefore = append(onlyBefore, b.platform)
			continue
		}
		pairs = append(pairs, pair{b.platform, before.Ref, after.Ref, b.child, as[i].child})
		as = slices.Delete(as, i, i+1)
	}
	for _, a := range as {
		onlyAfter = append(onlyAfter, a.platform)
	}
	if len(pairs) == 0 {
		return nil, nil, nil, &PlatformError{Ref: after.Ref.String(), Want: strings.Join(onlyBefore, " or "), Have: onlyAfter}
	}
	return pairs, onlyBefore, onlyAfter, nil
}
