package assemble

import (
	"context"

	"github.com/slimify/slimify/assemble/document"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/label"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/assemble/uptodate"
	"github.com/slimify/slimify/internal/cleanup"
)

// SlimRef slims the image that src names and writes the result to dst and to the options'
// tags. It runs nothing from the image. dst stays as it was unless everything succeeds: the
// manifest is written last, after the assembled image was verified.
//
// Nothing is written if dst is up to date already. A source that slimify made is written
// unchanged. Of an index each platform is slimmed, and the result is an index.
//
// Errors that a user can act on are typed: those of this package and of the packages below
// it. A [*gate.Error] comes with the report of what would have been written: its Result is
// nowhere, nothing is in Pushed, and no document is made or attached.
func SlimRef(ctx context.Context, src, dst reference.Ref, opts RefOptions) (_ *report.Report, err error) {
	opts.Choices = opts.WithDefaults()
	dsts := append([]reference.Ref{dst}, opts.Tags...)
	if err := opts.check(dsts); err != nil {
		return nil, err
	}
	r, err := image.NewReader(opts.Access)
	if err != nil {
		return nil, err
	}
	defer func() { err = cleanup.Close(err, r) }()
	go label.Version() // it may take the digest of the program, which is slow
	known, err := uptodate.Check(ctx, r, uptodate.Query{
		Source: src, Destinations: dsts, Base: opts.Base, Settings: opts.Settings(opts.Compression),
		Strict: opts.Strict, Gates: opts.Gates, DryRun: opts.DryRun,
	})
	if known != nil && !opts.describes() {
		markNotWritten(known, err)
		known.Command = commandLine(known, src, dst, &opts)
		finish(&known.Run, r.Counter)
		return known, err
	}
	if err != nil && known == nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx) // images that were opened read their layers with it
	defer cancel()
	var d *draft
	err = askWhile(cancel, func() error {
		if known != nil || opts.DryRun {
			return nil
		}
		return checkWritable(ctx, r.Session, dsts)
	}, func() (err error) {
		d, err = makeDraft(ctx, r, src, dst, &opts)
		return err
	})
	if err != nil {
		return nil, err
	}
	d.rep.Command = commandLine(d.rep, src, dst, &opts)
	if err := setResult(d.rep, d.artifact, dst, known); err != nil {
		return nil, err
	}
	if err := checkGates(dst.String(), opts.Gates, d); err != nil {
		markNotWritten(d.rep, err)
		finish(&d.rep.Run, r.Counter)
		return d.rep, err
	}
	if err := place(ctx, r, d, dsts, &opts); err != nil {
		return nil, err
	}
	finish(&d.rep.Run, r.Counter)
	return d.rep, nil
}

// place makes the documents about a draft, pushes it and attaches them.
func place(ctx context.Context, r *image.Reader, d *draft, dsts []reference.Ref, opts *RefOptions) error {
	var attachments []document.Attachments
	if opts.describes() {
		job := document.Job{
			Documents: opts.Documents, Attach: opts.Attach, Destinations: dsts, Choices: opts.Choices, Settings: opts.Settings(opts.Compression),
		}
		var err error
		if attachments, err = document.Make(ctx, r, job, d.results, d.rep); err != nil {
			return err
		}
	}
	if err := push(ctx, r, d, dsts, opts.DryRun); err != nil {
		return placed(d.rep, err)
	}
	if opts.DryRun {
		return nil
	}
	if err := document.Attach(ctx, r.Session, attachments, d.rep); err != nil {
		return placed(d.rep, err)
	}
	return nil
}
