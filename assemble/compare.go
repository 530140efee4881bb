package assemble

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/compare"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/cleanup"
)

// CompareOptions are those of [Compare]. The zero value works.
type CompareOptions struct {
	image.Access
	// Platforms limits indexes to these, which both must have; empty means all.
	Platforms []v1.Platform
}

// Compare reads all layers of two images, whoever made them, and returns how they differ.
// Of indexes it compares the Linux platforms that both have; two single images are compared
// whatever their platforms. Errors are those of [reference.Session.Open],
// [*image.PlatformError] and [*image.CorruptError].
func Compare(ctx context.Context, before, after reference.Ref, opts CompareOptions) (c *report.Comparison, err error) {
	r, err := image.NewReader(opts.Access)
	if err != nil {
		return nil, err
	}
	defer func() { err = cleanup.Close(err, r) }()
	b, err := r.Open(ctx, before)
	if err != nil {
		return nil, err
	}
	a, err := r.Open(ctx, after)
	if err != nil {
		return nil, err
	}
	pairs, onlyBefore, onlyAfter, err := compare.Pairs(b, a, opts.Platforms)
	if err != nil {
		return nil, err
	}
	c = &report.Comparison{
		Schema: report.CompareSchema, Before: report.Named{Ref: before.String(), Digest: b.Digest}, After: report.Named{Ref: after.String(), Digest: a.Digest},
		Platforms: []report.PlatformComparison{}, OnlyBefore: onlyBefore, OnlyAfter: onlyAfter,
	}
	for _, p := range pairs {
		pc, err := compare.Platform(ctx, r, p)
		if err != nil {
			return nil, image.InPlatform(p.Platform, len(pairs), err)
		}
		c.Platforms = append(c.Platforms, *pc)
	}
	return c, nil
}
