package assemble

import (
	"context"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract"
)

// Slim makes the slim image of src and writes it to dst and to the options'
// tags. It runs nothing from the image. dst stays as it was unless all went
// well: the manifest goes last, after the assembled image was checked.
//
// A source that slimify made is written unchanged. Errors that a user can act
// on are typed: those of this package, of reference, and of extract.
func Slim(ctx context.Context, src, dst reference.Ref, opts Options) (rep *Report, err error) {
	r, err := newRun(opts)
	if err != nil {
		return nil, err
	}
	defer func() { err = closeAll(err, r) }()
	dsts := append([]reference.Ref{dst}, opts.Tags...)
	if err := r.writable(ctx, dsts); err != nil {
		return nil, err
	}
	fat, err := r.open(ctx, src)
	if err != nil {
		return nil, err
	}
	rep = newReport(fat)
	members, err := r.choose(fat, rep)
	if err != nil {
		return nil, err
	}
	var results []*result
	for _, m := range members {
		res, err := r.platform(ctx, fat, m.child, dst, rep)
		if err != nil {
			return nil, inPlatform(m.platform, len(members), err)
		}
		results = append(results, res)
	}
	slim, err := r.artifact(fat, results, rep)
	if err != nil {
		return nil, err
	}
	if err := r.push(ctx, slim, dsts, rep); err != nil {
		return nil, err
	}
	rep.Warnings = sortWarnings(rep.Warnings)
	rep.count(r.opts.Session.Counter)
	return rep, nil
}

// platform makes the slim image of one platform. Its order is the design:
// boundary, base, select, plan, write, assemble, check.
func (r *run) platform(ctx context.Context, src *source, child reference.Child, dst reference.Ref, rep *Report) (*result, error) {
	fat, err := openImage(src.Ref, child)
	if err != nil {
		return nil, err
	}
	if isSlim(fat) {
		r.log.Info("the image is a result of slimify already")
		return &result{child: child, fat: fat, base: formerBase(fat)}, nil
	}
	boundary := extract.Boundary(fat.config)
	in, b, err := r.understand(ctx, fat, boundary, dst, rep)
	if err != nil {
		return nil, err
	}
	if err := extract.CheckBase(in, &b.Base); err != nil {
		return nil, err
	}
	done := rep.timed("select")
	sel, err := extract.Select(ctx, in, &b.Base, r.opts.Select)
	if err != nil {
		return nil, err
	}
	plan := extract.NewPlan(sel, &b.Base)
	done()

	done = rep.timed("write")
	added, err := r.writeLayers(ctx, fat, plan, familyFor(fat, b.image).gzip)
	if err != nil {
		return nil, err
	}
	slim, err := assemble(fat, b, added, plan)
	if err != nil {
		return nil, err
	}
	done()

	done = rep.timed("check")
	after, err := check(b, added, plan, sel.Removals)
	if err != nil {
		return nil, err
	}
	done()
	unpacked, err := r.unpackedSize(ctx, src, fat)
	if err != nil {
		return nil, err
	}
	unpacked.After = after
	rep.Platforms = append(rep.Platforms, platformReport(fat, boundary, b, slim, added, plan, sel, unpacked))
	rep.Warnings = append(rep.Warnings, sel.Warnings...)
	return &result{child: child, fat: fat, slim: slim, base: b.report()}, nil
}

// understand reads FAT's user layers, tells its Python and suite from them, and
// opens the base that fits.
func (r *run) understand(ctx context.Context, fat *image, boundary int, dst reference.Ref, rep *Report) (*extract.Image, *base, error) {
	defer rep.timed("index")()
	r.log.Info("reading the user's layers", "layers", len(fat.layers)-boundary, "of", len(fat.layers))
	in := &extract.Image{Config: fat.config}
	var err error
	if in.Stack, err = r.stack(ctx, fat, boundary, nil, true); err != nil {
		return nil, nil, err
	}
	if err := extract.Refuse(in); err != nil {
		return nil, nil, err
	}
	if in.Python, err = extract.FindPython(ctx, fat.config, in.Stack); err != nil {
		return nil, nil, err
	}
	if in.Suite, err = extract.FindSuite(ctx, fat.config, in.Stack); err != nil {
		return nil, nil, err
	}
	b, err := r.openBase(ctx, in, fat.platform(), dst)
	if err != nil {
		return nil, nil, err
	}
	r.log.Info("base chosen", "base", b.ref.String(), "why", b.why)
	if boundary > 0 {
		// Names in user layers may lead through links of layers that were not
		// read: the base tells of them.
		if in.Stack, err = r.stack(ctx, fat, boundary, b.links, true); err != nil {
			return nil, nil, err
		}
	}
	return in, b, nil
}

// assemble puts the new layers and the merged config on the base.
func assemble(fat *image, b *base, added []*spooledLayer, plan *extract.Plan) (*slimImage, error) {
	marks := map[string]string{
		labelBaseName:   b.ref.String(),
		labelBaseDigest: b.src.Digest.String(),
		labelSource:     fat.digest.String(),
	}
	var titles []string
	for _, l := range plan.Layers {
		titles = append(titles, l.Title)
	}
	config, err := mergeConfig(fat, b.image, added, titles, marks)
	if err != nil {
		return nil, err
	}
	return compose(familyFor(fat, b.image), fat, b, added, config, marks)
}
