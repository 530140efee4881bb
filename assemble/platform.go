package assemble

import (
	"context"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
)

// slimPlatform makes the slim image of one platform. Its order is the design: analyze
// (boundary, base, select), plan, write, assemble, check, verify.
func slimPlatform(ctx context.Context, r *Reader, src *source, m member, dst reference.Ref, opts *RefOptions, rep *report.Report) (*result, error) {
	// Blobs are spooled where the push copies them, or an inventory reads them again.
	copyBase := !dst.IsZero() && !opts.DryRun && !sameRegistry(opts.Base, dst)
	a, err := analyze(ctx, r, Request{
		Source: src, Child: m.child, Choices: opts.Choices,
		Spool: !dst.IsZero(), SpoolBase: copyBase || !dst.IsZero() && opts.inventory(),
	}, &rep.Run)
	if err != nil {
		return nil, err
	}
	if a.sel == nil {
		return keepPlatform(ctx, r, a, m, opts, rep)
	}
	if err := checkDecided(opts.Strict, a.sel.Questions); err != nil {
		return nil, err
	}
	plan := extract.NewPlan(a.sel, &a.base.Base)

	done := rep.Timed("write")
	r.Log.Info("writing layers", "image", a.fat.ref.String(), "new", len(plan.Layers), "reused", len(plan.Reused))
	family := chooseFamily(a.fat, a.base.image, opts.Compression, &rep.Run)
	written, err := writeLayers(ctx, r, a.fat, plan, family, opts.Compression)
	if err != nil {
		return nil, err
	}
	added, err := additionsOf(a.fat, plan, written, family, sameRegistry(a.fat.ref, dst))
	if err != nil {
		return nil, err
	}
	res := &result{platform: m.platform, child: m.child, fat: a.fat, base: a.base.report(), note: newRecord(a), baseImage: a.base.image}
	own := res.note
	if src.Index != nil {
		own = nil // the index has the record
	}
	if res.slim, err = newSlimImage(family, a.fat, a.base, added, own, opts.settings(opts.Compression), copyBase); err != nil {
		return nil, err
	}
	done()

	defer r.step("verifying the result of", a.fat.ref)()
	done = rep.Timed("check")
	tree, after, err := check(a.base, added, plan, a.sel.Removals, r.Capture)
	if err != nil {
		return nil, err
	}
	done()
	done = rep.Timed("verify")
	notes, err := verifyResult(ctx, r, a, res.slim, tree)
	if err != nil {
		return nil, err
	}
	done()
	if opts.Freeze {
		if err := freezeResult(ctx, r, a, tree, rep); err != nil {
			return nil, err
		}
	}
	var picture *report.Picture
	if opts.Picture {
		done = rep.Timed("picture")
		if picture, err = drawPicture(ctx, r, a, tree); err != nil {
			return nil, err
		}
		done()
	}
	if opts.inventory() {
		done = rep.Timed("inventory")
		if res.inventory, err = readInventory(ctx, r, tree, resultLayers(a.fat, a.base, added), a.base.Runtime); err != nil {
			return nil, err
		}
		done()
	}
	// The report lists every path: from here on nothing needs the assembled tree.
	p, err := platformReport(ctx, r, src, a, res.slim, added)
	if err != nil {
		return nil, err
	}
	p.Bytes.Unpacked.After, p.Verify.Notes, p.Picture = after, notes, picture
	rep.Platforms = append(rep.Platforms, *p)
	return res, nil
}

// keepPlatform is the result of a platform that slimify made already: it stays as it is.
func keepPlatform(ctx context.Context, r *Reader, a *Analysis, m member, opts *RefOptions, rep *report.Report) (*result, error) {
	if opts.Freeze {
		if err := freezeUnchanged(ctx, r, a, rep); err != nil {
			return nil, err
		}
	}
	res := &result{platform: m.platform, child: m.child, fat: a.fat, base: previousBase(a.fat.config.Config.Labels)}
	rep.Platforms = append(rep.Platforms, unchangedReport(res))
	return res, nil
}
