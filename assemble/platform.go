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
	"github.com/slimify/slimify/layers"
)

// platformJob makes the slim image of one platform of a source.
type platformJob struct {
	reader *image.Reader
	source *image.Source
	member image.Member
	dst    reference.Ref // zero if the program gets the image
	opts   *RefOptions
	rep    *report.Report
}

// copiesBase reports whether the push copies the base's blobs, and cannot mount them.
func (j *platformJob) copiesBase() bool {
	return !j.dst.IsZero() && !j.opts.DryRun && !image.SameRegistry(j.opts.Base, j.dst)
}

// run makes the image. Its order is the design: analyze (boundary, base, select), plan,
// write, assemble, check, verify, describe.
func (j *platformJob) run(ctx context.Context) (*build.Result, error) {
	r, rep := j.reader, j.rep
	a, err := analyze.Platform(ctx, r, analyze.Request{
		Source: j.source, Child: j.member.Child, Choices: j.opts.Choices,
		// Blobs are spooled where the push copies them, or an inventory reads them again.
		Spool: !j.dst.IsZero(), SpoolBase: j.copiesBase() || !j.dst.IsZero() && j.opts.inventory(),
	}, &rep.Run)
	if err != nil {
		return nil, err
	}
	if a.Sel == nil {
		return j.keep(ctx, a)
	}
	if err := checkDecided(j.opts.Strict, a.Sel.Questions); err != nil {
		return nil, err
	}
	planned := plan.New(a.Sel, &a.Base.Base)
	res, added, err := j.write(ctx, a, planned)
	if err != nil {
		return nil, err
	}

	defer r.Step("verifying the result of", a.Fat.Ref)()
	done := rep.Timed("check")
	tree, after, err := build.Check(a.Base, added, planned, a.Sel.Removals, r.Capture)
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
	drawn, err := j.describe(ctx, a, res, added, tree)
	if err != nil {
		return nil, err
	}
	// The report lists every path: from here on nothing needs the assembled tree.
	p, err := platformReport(ctx, r, j.source, a, res.Slim, added)
	if err != nil {
		return nil, err
	}
	p.Bytes.Unpacked.After, p.Verify.Notes, p.Picture = after, notes, drawn
	rep.Platforms = append(rep.Platforms, *p)
	return res, nil
}

// write writes the planned layers and assembles the image. It returns the layers over the
// base with the result.
func (j *platformJob) write(ctx context.Context, a *analyze.Analysis, planned *plan.Plan) (*build.Result, []build.Layer, error) {
	defer j.rep.Timed("write")()
	j.reader.Log.Info("writing layers", "image", a.Fat.Ref.String(), "new", len(planned.Layers), "reused", len(planned.Reused))
	family := build.ChooseFamily(a.Fat, a.Base.Image, j.opts.Compression, &j.rep.Run)
	written, err := build.WriteLayers(ctx, j.reader, a.Fat, planned, family, j.opts.Compression)
	if err != nil {
		return nil, nil, err
	}
	added, err := build.Layers(a.Fat, planned, written, family, image.SameRegistry(a.Fat.Ref, j.dst))
	if err != nil {
		return nil, nil, err
	}
	res := &build.Result{
		Platform: j.member.Platform, Child: j.member.Child, Fat: a.Fat, Base: a.Base.Report(), Note: build.NewRecord(a), BaseImage: a.Base.Image,
	}
	noted := res.Note
	if j.source.Index != nil {
		noted = nil // the index has the record
	}
	res.Slim, err = build.New(build.Assembly{
		Family: family, Fat: a.Fat, Base: a.Base, Added: added, CopyBase: j.copiesBase(), Note: noted, Settings: j.opts.Settings(j.opts.Compression),
	})
	return res, added, err
}

// describe makes what the options ask for: requirements for the report, an inventory for
// the documents, and the picture that it returns.
func (j *platformJob) describe(ctx context.Context, a *analyze.Analysis, res *build.Result, added []build.Layer, tree *layers.Tree) (drawn *report.Picture, err error) {
	if j.opts.Freeze {
		if err := freeze.Result(ctx, j.reader, a, tree, j.rep); err != nil {
			return nil, err
		}
	}
	if j.opts.Picture {
		done := j.rep.Timed("picture")
		if drawn, err = picture.Draw(ctx, j.reader, a, tree); err != nil {
			return nil, err
		}
		done()
	}
	if j.opts.inventory() {
		done := j.rep.Timed("inventory")
		from := document.LayersOf(a.Fat, a.Base, added)
		if res.Inventory, err = document.Inventory(ctx, j.reader, tree, from, a.Base.Runtime); err != nil {
			return nil, err
		}
		done()
	}
	return drawn, nil
}

// keep is the result of a platform that slimify made already: it stays as it is.
func (j *platformJob) keep(ctx context.Context, a *analyze.Analysis) (*build.Result, error) {
	if j.opts.Freeze {
		if err := freeze.Unchanged(ctx, j.reader, a, j.rep); err != nil {
			return nil, err
		}
	}
	res := &build.Result{
		Platform: j.member.Platform, Child: j.member.Child, Fat: a.Fat, Base: label.PreviousBase(a.Fat.Config.Config.Labels),
	}
	j.rep.Platforms = append(j.rep.Platforms, unchangedReport(res))
	return res, nil
}
