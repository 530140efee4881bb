package assemble

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
)

// Slim makes the slim image of src and writes it to dst and to the options'
// tags. It runs nothing from the image. dst stays as it was unless all went
// well: the manifest goes last, after the assembled image was checked.
//
// A source that slimify made is written unchanged, and nothing is written where
// dst is already what would be. Errors that a user can act
// on are typed: those of this package, of reference, and of extract.
//
// A [*GateError] comes with the report of what would have been written: its Result is
// nowhere, and nothing is in Pushed. No document is made or attached.
func Slim(ctx context.Context, src, dst reference.Ref, opts Options) (_ *report.Report, err error) {
	r, err := newRun(opts)
	if err != nil {
		return nil, err
	}
	defer func() { err = closeAll(err, r) }()
	dsts := append([]reference.Ref{dst}, opts.Tags...)
	if err := r.attachable(dsts); err != nil {
		return nil, err
	}
	go r.version() // a build that has none must be read to tell
	known, err := r.upToDate(ctx, src, dsts)
	if known != nil && !r.opts.documents() {
		markNotWritten(known, err)
		finish(&known.Run, r.opts.Session.Counter)
		return known, err
	}
	if err != nil && known == nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var m *made
	err = besides(cancel, func() error {
		if known != nil {
			return nil
		}
		return r.writable(ctx, dsts)
	}, func() (err error) {
		m, err = r.make(ctx, src, dst)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := setResult(m.rep, m.slim, dst, known); err != nil {
		return nil, err
	}
	if err := r.gated(dst, m.results, m.rep); err != nil {
		markNotWritten(m.rep, err)
		finish(&m.rep.Run, r.opts.Session.Counter)
		return m.rep, err
	}
	enclosures, err := r.document(ctx, m.results, dsts, m.rep)
	if err != nil {
		return nil, err
	}
	if err := r.push(ctx, m.slim, dsts, m.rep); err != nil {
		return nil, placed(m.rep, err)
	}
	if err := r.attach(ctx, enclosures, m.rep); err != nil {
		return nil, placed(m.rep, err)
	}
	finish(&m.rep.Run, r.opts.Session.Counter)
	return m.rep, nil
}

// patience is how long a run that has failed waits for what is asked besides.
const patience = 2 * time.Second

// besides asks while work is done. A refusal ends the work, for which there is no use any
// more, and is the error whatever else fails; work that fails leaves the other a little
// time to be refused.
func besides(cancel context.CancelFunc, ask, work func() error) error {
	asked := make(chan error, 1)
	go func() {
		err := ask()
		if err != nil {
			cancel()
		}
		asked <- err
	}()
	err := work()
	if err != nil {
		defer time.AfterFunc(patience, cancel).Stop()
	}
	if refusal := <-asked; refusal != nil && (err == nil || !errors.Is(refusal, context.Canceled)) {
		return refusal
	}
	return err
}

// made is what a run made of an image.
type made struct {
	slim    reference.Artifact // what is to be written
	results []*result          // its platforms
	rep     *report.Report
}

// make makes what is to be written.
func (r *run) make(ctx context.Context, src, dst reference.Ref) (*made, error) {
	fat, err := r.open(ctx, src)
	if err != nil {
		return nil, err
	}
	out := &made{rep: report.New(report.Named{Ref: fat.Ref.String(), Digest: fat.Digest})}
	members, err := r.choose(fat, &out.rep.Run)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		res, err := r.platform(ctx, fat, m.child, dst, out.rep)
		if err != nil {
			return nil, inPlatform(m.platform, len(members), err)
		}
		res.platform = m.platform
		out.results = append(out.results, res)
	}
	if out.slim, err = r.artifact(fat, out.results, out.rep); err != nil {
		return nil, err
	}
	stands := out.rep.Platforms
	if out.rep.Unchanged {
		stands = nil // on no base that was chosen here
	}
	out.rep.Command = r.recipe(fat, dst, stands)
	return out, nil
}

// platform makes the slim image of one platform. Its order is the design:
// analyze (boundary, base, select), plan, write, assemble, check, verify.
func (r *run) platform(ctx context.Context, src *source, child reference.Child, dst reference.Ref, rep *report.Report) (*result, error) {
	a, err := r.analyze(ctx, src, child, dst, &rep.Run)
	if err != nil {
		return nil, err
	}
	fat, b, sel := a.fat, a.base, a.sel
	if sel == nil {
		if r.opts.Freeze {
			if err := r.freezeUnchanged(ctx, a, rep); err != nil {
				return nil, err
			}
		}
		res := &result{child: child, fat: fat, base: formerBase(fat)}
		rep.Platforms = append(rep.Platforms, unchangedReport(res))
		return res, nil
	}
	if err := r.decided(sel.Questions); err != nil {
		return nil, err
	}
	plan := extract.NewPlan(sel, &b.Base)

	done := rep.Timed("write")
	r.log.Info("writing layers", "image", fat.ref.String(), "new", len(plan.Layers), "reused", len(plan.Reused))
	family := r.family(fat, b.image, &rep.Run)
	written, err := r.writeLayers(ctx, fat, plan, family.newLayerType(r.opts.Compression))
	if err != nil {
		return nil, err
	}
	added, err := additions(fat, plan, written, family, dst)
	if err != nil {
		return nil, err
	}
	note := r.record(a)
	var own *record
	if src.Index == nil {
		own = note // of several images the index has the record
	}
	slim, err := assemble(family, fat, b, added, own)
	if err != nil {
		return nil, err
	}
	settings, err := r.opts.settings()
	if err != nil {
		return nil, err
	}
	slim.seal(settings)
	done()

	defer r.step("verifying the result of", fat.ref)()
	done = rep.Timed("check")
	tree, after, err := check(b, added, plan, sel.Removals, r.capture)
	if err != nil {
		return nil, err
	}
	done()
	done = rep.Timed("verify")
	notes, err := r.verifyResult(ctx, a, slim, tree)
	if err != nil {
		return nil, err
	}
	done()
	if r.opts.Freeze {
		if err := r.freeze(ctx, a, tree, rep); err != nil {
			return nil, err
		}
	}
	var picture *report.Picture
	if r.opts.Picture {
		done = rep.Timed("picture")
		if picture, err = r.picture(ctx, a, tree); err != nil {
			return nil, err
		}
		done()
	}
	res := &result{child: child, fat: fat, slim: slim, base: b.report(), note: note, baseImage: b.image}
	if r.opts.inventory() {
		done = rep.Timed("inventory")
		if res.inventory, err = r.inventory(ctx, tree, resultLayers(fat, b, added), b.Python); err != nil {
			return nil, err
		}
		done()
	}
	// The report lists every path: from here on nothing needs the assembled tree.
	unpacked, err := r.unpackedSize(ctx, src, fat)
	if err != nil {
		return nil, err
	}
	unpacked.After = after
	p := platformReport(a, slim, added, unpacked)
	p.Verify.Notes, p.Picture = notes, picture
	if p.Config, err = settingsMerged(fat, slim); err != nil {
		return nil, err
	}
	rep.Platforms = append(rep.Platforms, p)
	return res, nil
}

// assemble puts the layers and the merged config on the base.
func assemble(f family, fat *image, b *base, added []addition, note *record) (*slimImage, error) {
	marks, err := note.marks()
	if err != nil {
		return nil, err
	}
	maps.Copy(marks, map[string]string{
		labelBaseName:   nameOfBase(b.ref),
		labelBaseDigest: b.src.Digest.String(),
		labelSource:     fat.digest.String(),
	})
	labels := marks
	if f == ociFamily { // the key is in the manifest
		labels = maps.Clone(marks)
		delete(labels, labelKey)
	}
	config, err := mergeConfig(fat, b.image, added, labels)
	if err != nil {
		return nil, err
	}
	return compose(f, fat, b, added, config, marks)
}
