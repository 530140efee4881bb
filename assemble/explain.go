package assemble

import (
	"context"
	"errors"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract"
)

// ExplainSchema names the JSON form of an [Explanation]. It only ever gains
// fields.
const ExplainSchema = "slimify/explain/v1"

// Explanation tells what becomes of something in an image, and on what evidence.
// Sizes are in bytes. No list is nil. The JSON Schema is in
// docs/explain.schema.json.
type Explanation struct {
	Schema string `json:"schema"`
	Source Named  `json:"source"`
	What   string `json:"what"` // as it was asked
	// Unchanged says that slimify made the image: all of it stays, and no
	// platform is listed.
	Unchanged bool `json:"unchanged"`
	Run
	// Platforms are those that have what was asked for.
	Platforms []PlatformExplanation `json:"platforms"`
}

// PlatformExplanation is the answer for one platform.
type PlatformExplanation struct {
	Platform string     `json:"platform"`
	Base     BaseReport `json:"base"`
	// Subjects are the distributions and packages of the name.
	Subjects []Subject `json:"subjects"`
	Paths    []Finding `json:"paths"`
	// Partial says that layers of FAT's own base, which may hold more of what
	// was asked for, were not read.
	Partial bool `json:"partial"`
}

// Subject is a distribution or a Debian package.
type Subject struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Path    string `json:"path"` // its metadata or its list of files
	In      string `json:"in"`   // "the image", "the base" or "FAT's own base"
}

// Finding is a path, what becomes of it, and why.
type Finding struct {
	Path      string `json:"path"`
	Directory bool   `json:"directory"`
	Size      int64  `json:"size"`
	Verdict   string `json:"verdict"`           // "kept", "in the base" or "dropped"
	Part      string `json:"part,omitempty"`    // of what is kept: the layer that it goes to
	To        string `json:"to,omitempty"`      // where it goes, if not to its own place
	Package   string `json:"package,omitempty"` // the Debian package that owns it
	// Chain leads from the path's own reason to the root of the evidence.
	Chain []Link `json:"chain"`
	// Keep is what --keep takes to keep what is dropped.
	Keep string `json:"keep,omitempty"`
}

// Link is a reason of a chain. The next one is the reason of the path in From.
type Link struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	From   string `json:"from,omitempty"`
}

// Explain tells what [Slim] would do with what a user names, and why. It writes
// nothing. Layers of FAT's own base are read where nothing else has it, or with
// all set. What no platform has is an [*extract.UnknownWhatError].
func Explain(ctx context.Context, src reference.Ref, what extract.What, all bool, opts Options) (x *Explanation, err error) {
	r, err := newRun(opts)
	if err != nil {
		return nil, err
	}
	defer func() { err = closeAll(err, r) }()
	fat, err := r.open(ctx, src)
	if err != nil {
		return nil, err
	}
	x = &Explanation{
		Schema: ExplainSchema, Source: Named{src.String(), fat.Digest}, What: what.String(), Run: newRunReport(), Platforms: []PlatformExplanation{},
	}
	members, err := r.members(fat)
	if err != nil {
		return nil, err
	}
	var unknown *extract.UnknownWhatError
	for _, m := range members {
		a, err := r.analyze(ctx, fat, m.child, reference.Ref{}, &x.Run)
		if err != nil {
			return nil, inPlatform(m.platform, len(members), err)
		}
		if a.sel == nil {
			continue
		}
		found, err := extract.Explain(ctx, a.in, &a.base.Base, a.sel, what, all)
		if errors.As(err, &unknown) {
			continue
		}
		if err != nil {
			return nil, inPlatform(m.platform, len(members), err)
		}
		x.Platforms = append(x.Platforms, a.explanation(found))
	}
	if len(x.Platforms) == 0 && unknown != nil {
		return nil, unknown
	}
	x.Unchanged = len(x.Platforms) == 0
	x.finish(r.opts.Session.Counter)
	return x, nil
}

func (a *analysis) explanation(found *extract.Explanation) PlatformExplanation {
	p := PlatformExplanation{
		Platform: a.fat.platformName(), Base: a.base.report(), Subjects: []Subject{}, Paths: []Finding{}, Partial: found.Partial,
	}
	for _, s := range found.Subjects {
		p.Subjects = append(p.Subjects, Subject{s.Kind, s.Name, s.Version, absolute(s.Path), s.In.String()})
	}
	for _, f := range found.Findings {
		out := Finding{
			Path: absolute(f.Path), Directory: f.Dir, Size: f.Size, Verdict: f.Verdict.String(), To: absolute(f.To), Package: f.Package, Keep: f.Keep,
		}
		if f.Verdict == extract.Kept {
			out.Part = f.Part.String()
		}
		out.Chain = links(f.Chain)
		p.Paths = append(p.Paths, out)
	}
	return p
}

// links tells of a chain of reasons as reports do.
func links(chain []extract.Reason) (out []Link) {
	for _, r := range chain {
		out = append(out, Link{r.Rule.Name, r.Text, absolute(r.From)})
	}
	return out
}
