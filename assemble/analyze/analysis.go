package analyze

import (
	"context"
	"sync"

	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/label"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/extract/selection"
)

// Analysis is what is known of one platform of an image before anything is written.
type Analysis struct {
	Fat      *image.Image
	Boundary int // how many of the first layers are the original base image's
	// In, Base and Sel are nil if slimify made the image: there is nothing to do.
	In   *selection.Image
	Base *Base
	Sel  *selection.Selection
}

// State is what was decided about the image, for package explain. It has no options: the
// selection is done.
func (a *Analysis) State() *selection.State {
	return &selection.State{Image: a.In, Base: &a.Base.Base, Selection: a.Sel}
}

// Request says which image is analyzed, and how.
type Request struct {
	Source *image.Source
	Child  reference.Child
	Choices
	// Spool keeps the blobs of the image's layers for a second reading, SpoolBase
	// those of the base.
	Spool, SpoolBase bool
}

// Platform reads what is needed of a platform of an image, chooses the base and selects
// what to keep. It adds warnings and timings to rep.
func Platform(ctx context.Context, r *image.Reader, req Request, rep *report.Run) (*Analysis, error) {
	fat, err := image.New(req.Source.Ref, req.Child)
	if err != nil {
		return nil, err
	}
	a := &Analysis{Fat: fat}
	if label.IsSlim(fat.Config) {
		r.Log.Info("the image is a result of slimify already")
		return a, nil
	}
	release := ""
	if a.Boundary, release, err = findBoundary(ctx, r, fat, &req.Choices, rep); err != nil {
		return nil, err
	}
	if err := a.index(ctx, r, req, release, rep); err != nil {
		return nil, err
	}
	if err := extract.CheckBase(a.In, &a.Base.Base); err != nil {
		return nil, err
	}
	defer rep.Timed("select")()
	defer r.Step("selecting from", fat.Ref)()
	if a.Sel, err = extract.Select(ctx, a.In, &a.Base.Base, req.Select); err != nil {
		return nil, err
	}
	for _, w := range a.Sel.Warnings {
		rep.Warnings = append(rep.Warnings, report.Warning(w))
	}
	return a, nil
}

// index reads the image's user layers and the base that fits: in parallel where the
// config names the runtime and the boundary the Debian release, else the base after
// the layers that name them. release may be known already.
func (a *Analysis) index(ctx context.Context, r *image.Reader, req Request, release string, rep *report.Run) (err error) {
	defer rep.Timed("index")()
	fat := a.Fat
	in := &selection.Image{Config: fat.Config, Release: release}
	open := sync.OnceValues(func() (*Base, error) { return openBase(ctx, r, req, in, fat.Platform()) })
	if a.Boundary > 0 && release != "" && extract.ConfiguredRuntime(fat.Config).Version != "" {
		if in.Runtime, err = extract.FindRuntime(ctx, fat.Config, nil); err != nil {
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
	r.Log.Info("reading the user's layers", "image", fat.Ref.String(), "layers", len(fat.Layers)-a.Boundary, "of", len(fat.Layers))
	if in.Stack, err = r.Stack(ctx, fat, a.Boundary, nil, req.Spool); err != nil {
		return err
	}
	if err := extract.Refuse(in); err != nil {
		return err
	}
	if in.Runtime.Version == "" {
		if in.Runtime, err = extract.FindRuntime(ctx, fat.Config, in.Stack); err != nil {
			return err
		}
	}
	if release == "" {
		if in.Release, err = official.FindRelease(ctx, fat.Config, in.Stack); err != nil {
			return err
		}
	}
	b, err := open()
	if err != nil {
		return err
	}
	r.Log.Info("base chosen", "image", fat.Ref.String(), "base", b.Ref.String(), "why", b.why)
	if a.Boundary > 0 {
		in.Stack = nil // two of them take much memory
		// Names in user layers may lead through links of layers that were not
		// read: the base has the same links.
		if in.Stack, err = r.Stack(ctx, fat, a.Boundary, image.LinksOf(b.Tree), req.Spool); err != nil {
			return err
		}
	}
	for _, l := range fat.Layers {
		in.Blobs, in.Tables = append(in.Blobs, l.Descriptor), append(in.Tables, l.Table)
	}
	a.In, a.Base = in, b
	return nil
}

// Shared is how many of the image's first layers are the first of the base, too.
func (a *Analysis) Shared() int {
	of, in := a.Fat.Config.RootFS.DiffIDs[:a.Boundary], a.Base.Image.Config.RootFS.DiffIDs
	n := 0
	for n < min(len(of), len(in)) && of[n] == in[n] {
		n++
	}
	return n
}
