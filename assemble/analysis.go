package assemble

import (
	"context"
	"sync"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/internal/imageconfig"
)

// analysis is what is known of one platform of an image before anything is
// written: what [Slim], [Plan] and [Explain] have in common.
type analysis struct {
	fat      *image
	boundary int
	// in, base and sel are nil if the image is a result of slimify: nothing is
	// looked for.
	in   *extract.Image
	base *base
	sel  *extract.Selection
}

// analyze reads what decides of an image's platform, chooses the base and
// selects what to keep. dst is zero if nothing will be written: then nothing is
// spooled for a second reading.
func (r *run) analyze(ctx context.Context, src *source, child reference.Child, dst reference.Ref, rep *Run) (*analysis, error) {
	fat, err := openImage(src.Ref, child)
	if err != nil {
		return nil, err
	}
	a := &analysis{fat: fat}
	if isSlim(fat) {
		r.log.Info("the image is a result of slimify already")
		return a, nil
	}
	suite := ""
	if a.boundary, suite, err = r.findBoundary(ctx, fat, rep); err != nil {
		return nil, err
	}
	if err := r.understand(ctx, a, suite, dst, rep); err != nil {
		return nil, err
	}
	if err := extract.CheckBase(a.in, &a.base.Base); err != nil {
		return nil, err
	}
	defer rep.timed("select")()
	defer r.step("selecting from", fat.ref)()
	if a.sel, err = extract.Select(ctx, a.in, &a.base.Base, r.opts.Select); err != nil {
		return nil, err
	}
	rep.Warnings = append(rep.Warnings, a.sel.Warnings...)
	return a, nil
}

// understand reads FAT's user layers and the base that fits: both at once where
// FAT's config tells its Python and the boundary its suite, else the base after
// the layers that tell them. suite may be known already.
func (r *run) understand(ctx context.Context, a *analysis, suite string, dst reference.Ref, rep *Run) (err error) {
	defer rep.timed("index")()
	fat, keep := a.fat, !dst.IsZero()
	in := &extract.Image{Config: fat.config, Suite: suite}
	openBase := sync.OnceValues(func() (*base, error) { return r.openBase(ctx, in.Python, in.Suite, fat.platform(), dst) })
	if a.boundary > 0 && suite != "" && imageconfig.Getenv(fat.config.Config.Env, "PYTHON_VERSION") != "" {
		if in.Python, err = extract.FindPython(ctx, fat.config, nil); err != nil {
			return err
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_, _ = openBase() // it tells its fault again below
		}()
		// The run's files and connections are closed when this has failed.
		defer func() { <-ended }()
	}
	r.log.Info("reading the user's layers", "image", fat.ref.String(), "layers", len(fat.layers)-a.boundary, "of", len(fat.layers))
	if in.Stack, err = r.stack(ctx, fat, a.boundary, nil, keep); err != nil {
		return err
	}
	if err := extract.Refuse(in); err != nil {
		return err
	}
	if in.Python.Version == "" {
		if in.Python, err = extract.FindPython(ctx, fat.config, in.Stack); err != nil {
			return err
		}
	}
	if suite == "" {
		if in.Suite, err = extract.FindSuite(ctx, fat.config, in.Stack); err != nil {
			return err
		}
	}
	b, err := openBase()
	if err != nil {
		return err
	}
	r.log.Info("base chosen", "image", fat.ref.String(), "base", b.ref.String(), "why", b.why)
	if a.boundary > 0 {
		in.Stack = nil // two of them are much memory
		// Names in user layers may lead through links of layers that were not
		// read: the base tells of them.
		if in.Stack, err = r.stack(ctx, fat, a.boundary, b.links, keep); err != nil {
			return err
		}
	}
	for _, l := range fat.layers {
		in.Blobs, in.Tables = append(in.Blobs, l.desc), append(in.Tables, l.table)
	}
	a.in, a.base = in, b
	return nil
}
