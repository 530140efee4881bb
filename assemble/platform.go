package assemble

import (
	"context"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/build"
	"github.com/slimify/slimify/assemble/document"
	"github.com/slimify/slimify/assemble/freeze"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/label"
	"github.com/slimify/slimify/assemble/picture"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/plan"
)

// slimPlatform makes the slim image of one platform. Its order is the design: analyze
// (boundary, base, select), plan, write, assemble, check, verify.
func slimPlatform(ctx context.Context, r *image.Reader, src *image.Source, m image.Member, dst reference.Ref, opts *RefOptions, rep *report.Report) (*build.Result, error) {
	// Blobs are spooled where the push copies them, or an inventory reads them again.
	copyBase := !dst.IsZero() && !opts.DryRun && !image.SameRegistry(opts.Base, dst)
	a, err := analyze.Platform(ctx, r, analyze.Request{
		Source: src, Child: m.Child, Choices: opts.Choices,
		Spool: !dst.IsZero(), SpoolBase: copyBase || !dst.IsZero() && opts.inventory(),
	}, &rep.Run)
	if err != nil {
		return nil, err
	}
	if a.Sel == nil {
		return keepPlatform(ctx, r, a, m, opts, rep)
	}
	if err := checkDecided(opts.Strict, a.Sel.Questions); err != nil {
		return nil, err
	}
	plan := plan.New(a.Sel, &a.Base.Base)

	done := rep.Timed("write")
	r.Log.Info("writing layers", "image", a.Fat.Ref.String(), "new", len(plan.Layers), "reused", len(plan.Reused))
	family := build.ChooseFamily(a.Fat, a.Base.Image, opts.Compression, &rep.Run)
	written, err := build.WriteLayers(ctx, r, a.Fat, plan, family, opts.Compression)
	if err != nil {
		return nil, err
	}
	added, err := build.Layers(a.Fat, plan, written, family, image.SameRegistry(a.Fat.Ref, dst))
	if err != nil {
		return nil, err
	}
	res := &build.Result{Platform: m.Platform, Child: m.Child, Fat: a.Fat, Base: a.Base.Report(), Note: build.NewRecord(a), BaseImage: a.Base.Image}
	own := res.Note
	if src.Index != nil {
		own = nil // the index has the record
	}
	if res.Slim, err = build.New(family, a.Fat, a.Base, added, own, opts.Settings(opts.Compression), copyBase); err != nil {
		return nil, err
	}
	done()

	defer r.Step("verifying the result of", a.Fat.Ref)()
	done = rep.Timed("check")
	tree, after, err := build.Check(a.Base, added, plan, a.Sel.Removals, r.Capture)
	if err != nil {
		return nil, err
	}
	done()
	done = rep.Timed("verify")
	notes, err := verifyResult(ctx, r, a, res.Slim, tree)
	if err != nil {
		return nil, err
	}
	done()
	if opts.Freeze {
		if err := freeze.Result(ctx, r, a, tree, rep); err != nil {
			return nil, err
		}
	}
	var drawn *report.Picture
	if opts.Picture {
		done = rep.Timed("picture")
		if drawn, err = picture.Draw(ctx, r, a, tree); err != nil {
			return nil, err
		}
		done()
	}
	if opts.inventory() {
		done = rep.Timed("inventory")
		if res.Inventory, err = document.Inventory(ctx, r, tree, document.LayersOf(a.Fat, a.Base, added), a.Base.Runtime); err != nil {
			return nil, err
		}
		done()
	}
	// The report lists every path: from here on nothing needs the assembled tree.
	p, err := platformReport(ctx, r, src, a, res.Slim, added)
	if err != nil {
		return nil, err
	}
	p.Bytes.Unpacked.After, p.Verify.Notes, p.Picture = after, notes, drawn
	rep.Platforms = append(rep.Platforms, *p)
	return res, nil
}

// keepPlatform is the result of a platform that slimify made already: it stays as it is.
func keepPlatform(ctx context.Context, r *image.Reader, a *analyze.Analysis, m image.Member, opts *RefOptions, rep *report.Report) (*build.Result, error) {
	if opts.Freeze {
		if err := freeze.Unchanged(ctx, r, a, rep); err != nil {
			return nil, err
		}
	}
	res := &build.Result{Platform: m.Platform, Child: m.Child, Fat: a.Fat, Base: label.PreviousBase(a.Fat.Config.Config.Labels)}
	rep.Platforms = append(rep.Platforms, unchangedReport(res))
	return res, nil
}
