package assemble

import (
	"context"
	"slices"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract"
)

// PlanSchema names the JSON form of a [PlanReport]. It only ever gains fields.
const PlanSchema = "slimify/plan/v1"

// PlanReport tells what a slim image would hold. Sizes are in bytes. No list is
// nil. The JSON Schema is in docs/plan.schema.json.
type PlanReport struct {
	Schema string `json:"schema"`
	Source Named  `json:"source"`
	// Unchanged says that slimify made the image: there is nothing to slim, and
	// no platform is listed.
	Unchanged bool `json:"unchanged"`
	Run
	Platforms []PlatformPlan `json:"platforms"`
}

// PlatformPlan is the plan for one platform.
type PlatformPlan struct {
	Platform string     `json:"platform"`
	Layers   LayerCount `json:"layers"`
	Base     BaseReport `json:"base"`
	// Bytes compares the image with the result. What it says of the result is
	// an estimate: nothing was written.
	Bytes Bytes `json:"bytes"`
	// Groups sum the paths by what becomes of them and why.
	Groups        []Group      `json:"groups"`
	Distributions []DistReport `json:"distributions"`
	Packages      []DebReport  `json:"packages"`
	Verdicts
}

// LayerCount is how many layers an image has, and how many of them, the first
// ones, are of its own base.
type LayerCount struct {
	Image   int `json:"image"`
	OwnBase int `json:"own_base"`
}

// Plan tells what [Slim] would keep, add, drop and leave undecided, and why. It
// writes nothing. With all set the layers of FAT's own base are read too, and
// each of their paths is listed. Under [Options.Strict] an [*UndecidedError]
// comes with the report.
func Plan(ctx context.Context, src reference.Ref, all bool, opts Options) (rep *PlanReport, err error) {
	r, err := newRun(opts)
	if err != nil {
		return nil, err
	}
	defer func() { err = closeAll(err, r) }()
	fat, err := r.open(ctx, src)
	if err != nil {
		return nil, err
	}
	rep = &PlanReport{Schema: PlanSchema, Source: Named{src.String(), fat.Digest}, Run: newRunReport(), Platforms: []PlatformPlan{}}
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
	rep.finish(r.opts.Session.Counter)
	return rep, r.decided(open)
}

// platformPlan tells of one platform's selection.
func (r *run) platformPlan(ctx context.Context, src *source, a *analysis, all bool) (*PlatformPlan, error) {
	p := &PlatformPlan{
		Platform: a.fat.platformName(), Layers: LayerCount{len(a.fat.layers), a.boundary}, Base: a.base.report(),
		Distributions: a.distributions(), Packages: a.packages(), Verdicts: a.verdicts(),
	}
	entries := a.entries()
	if all {
		found, err := extract.ColdFindings(ctx, a.in, &a.base.Base, a.sel)
		if err != nil {
			return nil, err
		}
		entries = append(entries, p.addCold(found)...)
	}
	p.Groups = a.groups(entries, !all)
	unpacked, err := r.unpackedSize(ctx, src, a.fat)
	if err != nil {
		return nil, err
	}
	compressed, after := a.estimate(extract.NewPlan(a.sel, &a.base.Base))
	unpacked.After = after
	p.Bytes = Bytes{Compressed: Change{a.fat.compressed(), compressed}, Unpacked: unpacked}
	return p, nil
}

// addCold lists the paths of FAT's own base in place of its layers.
func (p *PlatformPlan) addCold(found []extract.Finding) []entry {
	layer := func(line PathReport) bool { return line.ID != "" }
	p.Kept = slices.DeleteFunc(p.Kept, layer)
	removed := slices.DeleteFunc(p.Removed, layer)
	var out []entry
	for _, f := range found {
		reason := f.Chain[0]
		removed = append(removed, PathReport{Path: "/" + f.Path, Size: f.Size, Rule: reason.Rule.Name, Reason: reason.Text})
		out = append(out, entry{verdict: groupDrop, reason: reason, path: f.Path, size: f.Size, dir: f.Dir})
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
