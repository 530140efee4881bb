package assemble

import (
	"context"
	"slices"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
)

// Plan tells what [Slim] would keep, add, drop and leave undecided, and why. It
// writes nothing. With all set the layers of FAT's own base are read too, and
// each of their paths is listed. Under [Options.Strict] an [*UndecidedError]
// comes with the report.
func Plan(ctx context.Context, src reference.Ref, all bool, opts Options) (rep *report.Plan, err error) {
	r, err := newRun(opts)
	if err != nil {
		return nil, err
	}
	defer func() { err = closeAll(err, r) }()
	fat, err := r.open(ctx, src)
	if err != nil {
		return nil, err
	}
	rep = &report.Plan{Schema: report.PlanSchema, Source: report.Named{Ref: src.String(), Digest: fat.Digest}, Run: report.NewRun(), Platforms: []report.PlatformPlan{}}
	members, err := r.choose(fat, &rep.Run)
	if err != nil {
		return nil, err
	}
	var open []extract.Question
	for _, m := range members {
		a, err := r.analyze(ctx, fat, m.child, reference.Ref{}, &rep.Run)
		if err != nil {
			return nil, inPlatform(m.platform, len(members), err)
		}
		if a.sel == nil {
			continue
		}
		p, err := r.platformPlan(ctx, fat, a, all)
		if err != nil {
			return nil, inPlatform(m.platform, len(members), err)
		}
		rep.Platforms = append(rep.Platforms, *p)
		open = append(open, a.sel.Questions...)
	}
	rep.Unchanged = len(rep.Platforms) == 0
	finish(&rep.Run, r.opts.Session.Counter)
	return rep, r.decided(open)
}

// platformPlan tells of one platform's selection.
func (r *run) platformPlan(ctx context.Context, src *source, a *analysis, all bool) (*report.PlatformPlan, error) {
	p := &report.PlatformPlan{
		Platform: a.fat.platformName(), Layers: report.LayerCount{Image: len(a.fat.layers), OwnBase: a.boundary}, Base: a.base.report(),
		Distributions: a.distributions(), Packages: a.packages(), Verdicts: a.verdicts(),
	}
	entries := a.entries()
	if all {
		found, err := extract.ColdFindings(ctx, a.in, &a.base.Base, a.sel)
		if err != nil {
			return nil, err
		}
		entries = append(entries, addCold(p, found)...)
	}
	p.Groups = a.groups(entries, !all)
	unpacked, err := r.unpackedSize(ctx, src, a.fat)
	if err != nil {
		return nil, err
	}
	compressed, after := a.estimate(extract.NewPlan(a.sel, &a.base.Base))
	unpacked.After = after
	p.Bytes = report.Bytes{Compressed: report.Change{Before: a.fat.compressed(), After: compressed}, Unpacked: unpacked}
	return p, nil
}

// addCold lists the paths of the original base image in place of its layers.
func addCold(p *report.PlatformPlan, found []extract.Finding) []entry {
	layer := func(line report.Path) bool { return line.ID != "" }
	p.Kept = slices.DeleteFunc(p.Kept, layer)
	removed := slices.DeleteFunc(p.Removed, layer)
	var out []entry
	for _, f := range found {
		reason := f.Chain[0]
		removed = append(removed, report.Path{Path: "/" + f.Path, Size: f.Size, Rule: reason.Rule, Reason: reason.Text})
		out = append(out, entry{verdict: report.VerdictDrop, reason: reason, path: f.Path, size: f.Size, dir: f.Dir})
	}
	p.Removed = removed
	return out
}

// estimate tells how large the result's layers would be: what is written is
// taken to compress as well as the layers that it comes from.
func (a *analysis) estimate(plan *extract.Plan) (compressed, unpacked int64) {
	for _, b := range a.base.layers {
		compressed += b.desc.Size
		unpacked += b.table.Bytes
	}
	for _, i := range plan.Reused {
		compressed += a.fat.layers[i].desc.Size
		unpacked += a.fat.layers[i].table.Bytes
	}
	for _, l := range plan.Layers {
		unpacked += tarEnd
		for _, w := range l.Writes {
			size := tarSize(w.Entry.Size)
			unpacked += size
			ratio := usualRatio
			if w.Pos.Layer >= 0 {
				b := a.fat.layers[w.Pos.Layer]
				if b.desc.Size < b.table.Bytes { // it is compressed
					ratio = float64(b.desc.Size) / float64(b.table.Bytes)
				}
			}
			compressed += int64(float64(size) * ratio)
		}
	}
	return compressed, unpacked
}

// tarSize is what an entry takes in a tar: its header and its padded content.
func tarSize(content int64) int64 { return tarBlock + (content+tarBlock-1)/tarBlock*tarBlock }

const (
	tarBlock = 512          // of a header, and what contents are padded to
	tarEnd   = 2 * tarBlock // the zeros that end a tar
	// usualRatio is what gzip makes of programs, for what has no layer to
	// compare with.
	usualRatio = 0.4
)
