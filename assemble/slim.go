package assemble

import (
	"context"
	"log/slog"

	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/build"
	"github.com/slimify/slimify/assemble/gate"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/cleanup"
)

// Options are those of [Slim]. The zero value works.
type Options struct {
	// Select is what the user says about the selection.
	Select selection.Options
	// Strict makes undecided items an error.
	Strict bool
	// Gates are limits of size.
	Gates gate.Limits
	// Compression of the layers that are written: gzip, which "" means too, or zstd.
	Compression compression.Compression
	// CopyIfLarger returns the source unchanged, instead of failing, when the
	// result would be larger.
	CopyIfLarger bool
	// Picture asks for [report.Platform.Picture].
	Picture bool
	// Dir keeps the image's new layers as files, which the caller removes after the last
	// use of the image; "" keeps them in memory.
	Dir string
	// CacheDir keeps the tables of contents of layers between calls; "" keeps none.
	CacheDir string
	// Jobs is how many layers are read at once; 0 means the number of CPUs.
	Jobs int
	// Log gets a record for each step (Info) and for decisions (Debug); nil
	// discards them.
	Log *slog.Logger
}

// Slim returns the slim image of fat, which was built in one stage on an official image:
// base with what the Dockerfile added to fat and what that needs. It runs nothing from the
// images, changes neither, and uses no network but what reading them takes. base must have
// fat's platform and fat's version of Python.
//
// The layers of base, and those of fat that are reused, are the very layers that were
// given, so that a push can mount them. If slimify made fat, fat itself is returned.
//
// Errors that a user can act on are typed: those of this package and of the packages below
// it. A [*gate.Error] comes with the report.
func Slim(ctx context.Context, fat, base v1.Image, opts Options) (_ v1.Image, _ *report.Report, err error) {
	if err := build.CheckCompression(opts.Compression); err != nil {
		return nil, nil, err
	}
	r, err := image.NewReader(image.Access{
		Session: reference.Options{TempDir: opts.Dir}, CacheDir: opts.CacheDir, Jobs: opts.Jobs, Log: opts.Log,
	})
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = cleanup.Close(err, r) }()
	src, err := addImage(r, "fat", fat)
	if err != nil {
		return nil, nil, err
	}
	on, err := addImage(r, "base", base)
	if err != nil {
		return nil, nil, err
	}
	how := RefOptions{
		Choices: analyze.Choices{Base: on, Select: opts.Select}, Strict: opts.Strict, Gates: opts.Gates,
		Compression: opts.Compression, CopyIfLarger: opts.CopyIfLarger, Picture: opts.Picture,
	}
	d, err := makeDraft(ctx, r, src, reference.Ref{}, &how)
	if err != nil {
		return nil, nil, err
	}
	img := d.artifact.(v1.Image) // of one image, not of an index
	digest, err := img.Digest()
	if err != nil {
		return nil, nil, err
	}
	d.rep.Result = report.Named{Ref: "image:slim@" + digest.String(), Digest: digest}
	d.rep.Command = []string{} // a command line cannot name images of a program
	finish(&d.rep.Run, r.Counter)
	if err := checkGates("the slim image", opts.Gates, d); err != nil {
		markNotWritten(d.rep, err)
		return nil, d.rep, err
	}
	if slim, ok := img.(*build.Image); ok {
		if err := slim.Release(r.Spool, opts.Dir); err != nil {
			return nil, nil, err
		}
	}
	return img, d.rep, nil
}

// addImage makes an image of the program known to a reader, under a name for people.
func addImage(r *image.Reader, name string, img v1.Image) (reference.Ref, error) {
	src, err := reference.FromImage(name, img)
	if err != nil {
		return reference.Ref{}, err
	}
	return src.Ref, r.Add(src)
}
