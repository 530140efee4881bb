package assemble

import (
	"context"
	"sync"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
)

// Analysis is what is known of one platform of an image before anything is written.
type Analysis struct {
	fat      *image
	boundary int // how many of the first layers are the original base image's
	// in, base and sel are nil if slimify made the image: there is nothing to do.
	in   *extract.Image
	base *Base
	sel  *extract.Selection
}

// Request says which image is analyzed, and how.
type Request struct {
	Source *source
	Child  reference.Child
	Choices
	// Spool keeps the blobs of the image's layers for a second reading, SpoolBase
	// those of the base.
	Spool, SpoolBase bool
}

// analyze reads what decides about a platform of an image, chooses the base and
// selects what to keep. It adds warnings and timings to rep.
func analyze(ctx context.Context, r *Reader, req Request, rep *report.Run) (*Analysis, error) {
	fat, err := openImage(req.Source.Ref, req.Child)
	if err != nil {
		return nil, err
	}
	a := &Analysis{fat: fat}
	if isSlim(fat.config) {
		r.Log.Info("the image is a result of slimify already")
		return a, nil
	}
	suite := ""
	if a.boundary, suite, err = findBoundary(ctx, r, fat, &req.Choices, rep); err != nil {
		return nil, err
	}
	if err := a.index(ctx, r, req, suite, rep); err != nil {
		return nil, err
	}
	if err := extract.CheckBase(a.in, &a.base.Base); err != nil {
		return nil, err
	}
	defer rep.Timed("select")()
	defer r.step("selecting from", fat.ref)()
	if a.sel, err = extract.Select(ctx, a.in, &a.base.Base, req.Select); err != nil {
		return nil, err
	}
	for _, w := range a.sel.Warnings {
		rep.Warnings = append(rep.Warnings, report.Warning(w))
	}
	return a, nil
}

// index reads the image's user layers and the base that fits: in parallel where the
// config names the runtime and the boundary the Debian release, else the base after
// the layers that name them. suite may be known already.
func (a *Analysis) index(ctx context.Context, r *Reader, req Request, suite string, rep *report.Run) (err error) {
	defer rep.Timed("index")()
	fat := a.fat
	in := &extract.Image{Config: fat.config, Suite: suite}
	open := sync.OnceValues(func() (*Base, error) { return openBase(ctx, r, req, in, fat.platform()) })
	if a.boundary > 0 && suite != "" && runtimeVersion(fat.config) != "" {
		if in.Runtime, err = extract.FindRuntime(ctx, fat.config, nil); err != nil {
			return err
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_, _ = open() // its error is returned below
		}()
		// What the reader opened is closed once this has failed.
		defer func() { <-ended }()
	}
	r.Log.Info("reading the user's layers", "image", fat.ref.String(), "layers", len(fat.layers)-a.boundary, "of", len(fat.layers))
	if in.Stack, err = r.stack(ctx, fat, a.boundary, nil, req.Spool); err != nil {
		return err
	}
	if err := extract.Refuse(in); err != nil {
		return err
	}
	if in.Runtime.Version == "" {
		if in.Runtime, err = extract.FindRuntime(ctx, fat.config, in.Stack); err != nil {
			return err
		}
	}
	if suite == "" {
		if in.Suite, err = extract.FindSuite(ctx, fat.config, in.Stack); err != nil {
			return err
		}
	}
	b, err := open()
	if err != nil {
		return err
	}
	r.Log.Info("base chosen", "image", fat.ref.String(), "base", b.ref.String(), "why", b.why)
	if a.boundary > 0 {
		in.Stack = nil // two of them take much memory
		// Names in user layers may lead through links of layers that were not
		// read: the base has the same links.
		if in.Stack, err = r.stack(ctx, fat, a.boundary, linksOf(b.Tree), req.Spool); err != nil {
			return err
		}
	}
	for _, l := range fat.layers {
		in.Blobs, in.Tables = append(in.Blobs, l.desc), append(in.Tables, l.table)
	}
	a.in, a.base = in, b
	return nil
}

// shared is how many of the image's first layers are the first of the base, too.
func (a *Analysis) shared() int {
	of, in := a.fat.config.RootFS.DiffIDs[:a.boundary], a.base.config.RootFS.DiffIDs
	n := 0
	for n < min(len(of), len(in)) && of[n] == in[n] {
		n++
	}
	return n
}
