package assemble

import (
	"context"
	"slices"
	"strings"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
)

// Compare reads all layers of two images, of whatever origin, and tells how they
// differ. Of indexes it compares the Linux platforms that both have, or those of
// opts.Platforms, which both must have; two single images are compared whatever
// their platforms. Errors are those of [reference.Session.Open],
// [*PlatformError] and [*CorruptError].
func Compare(ctx context.Context, before, after reference.Ref, opts Options) (c *report.Comparison, err error) {
	r, err := newRun(opts)
	if err != nil {
		return nil, err
	}
	defer func() { err = closeAll(err, r) }()
	b, err := r.open(ctx, before)
	if err != nil {
		return nil, err
	}
	a, err := r.open(ctx, after)
	if err != nil {
		return nil, err
	}
	c = &report.Comparison{
		Schema: report.CompareSchema, Before: report.Named{Ref: before.String(), Digest: b.Digest}, After: report.Named{Ref: after.String(), Digest: a.Digest},
		Platforms: []report.PlatformComparison{}, OnlyBefore: []string{}, OnlyAfter: []string{},
	}
	pairs, err := r.pair(b, a, c)
	if err != nil {
		return nil, err
	}
	for _, p := range pairs {
		pc, err := r.comparePlatform(ctx, before, after, p)
		if err != nil {
			return nil, inPlatform(p.platform, len(pairs), err)
		}
		c.Platforms = append(c.Platforms, *pc)
	}
	return c, nil
}

// comparePlatform reads and compares two images. What it read is forgotten with
// its return: an index may have many platforms.
func (r *run) comparePlatform(ctx context.Context, beforeRef, afterRef reference.Ref, p pair) (*report.PlatformComparison, error) {
	before, err := openImage(beforeRef, p.before)
	if err != nil {
		return nil, err
	}
	after, err := openImage(afterRef, p.after)
	if err != nil {
		return nil, err
	}
	shared := shareBlobs(before, after)
	r.log.Info("reading the layers of both images", "before", len(before.layers), "after", len(after.layers), "shared", shared.Layers)
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
		Distributions: distChanges(extract.Installed(b.Upper), extract.Installed(a.Upper)),
		Debian:        packageChanges(extract.DebianPackages(b.Upper), extract.DebianPackages(a.Upper)),
		Config:        config,
	}
	return c, nil
}

// pair is one platform of both images.
type pair struct {
	platform      string
	before, after reference.Child
}

// pair finds the platforms that both images have, and notes the others in c.
func (r *run) pair(before, after *source, c *report.Comparison) ([]pair, error) {
	bs, err := r.members(before)
	if err != nil {
		return nil, err
	}
	as, err := r.members(after)
	if err != nil {
		return nil, err
	}
	var pairs []pair
	var lacking []string
	for _, b := range bs {
		i := slices.IndexFunc(as, func(a member) bool { return a.platform == b.platform })
		if before.Index == nil && after.Index == nil {
			i = 0
		}
		if i < 0 {
			lacking = append(lacking, b.platform)
			continue
		}
		pairs = append(pairs, pair{b.platform, b.child, as[i].child})
		as = slices.Delete(as, i, i+1)
	}
	rest := []string{}
	for _, a := range as {
		rest = append(rest, a.platform)
	}
	if len(pairs) == 0 {
		return nil, &PlatformError{Ref: after.Ref.String(), Want: strings.Join(lacking, " or "), Have: rest}
	}
	c.OnlyBefore, c.OnlyAfter = append(c.OnlyBefore, lacking...), rest
	return pairs, nil
}
