package assemble

import (
	"path"
	"strings"

	"github.com/slimify/slimify/extract"
)

// distributions lists the installed distributions that are kept.
func (a *analysis) distributions() []DistReport {
	out := []DistReport{}
	for _, d := range a.sel.Distributions {
		out = append(out, DistReport{d.Name, d.Version, d.Files, d.Bytes})
	}
	return out
}

// packages lists the Debian packages that come along.
func (a *analysis) packages() []DebReport {
	out := []DebReport{}
	for _, p := range a.sel.Packages {
		out = append(out, DebReport{p.Name, p.Version, p.Why.Text, absolute(p.Why.From), p.Files, p.Bytes, p.Known, p.Unmet})
	}
	return out
}

// verdicts lists the paths. Layers that were not read have one verdict each.
func (a *analysis) verdicts() Verdicts {
	v := Verdicts{Kept: make([]PathReport, 0, len(a.sel.Items)), Added: []PathReport{}, Removed: []PathReport{}, Undecided: undecided(a.sel.Questions)}
	var said, from string // neighbours often have one evidence: a RECORD
	for _, it := range a.sel.Items {
		if it.Reason.From != said {
			said, from = it.Reason.From, absolute(it.Reason.From)
		}
		line := PathReport{Path: "/" + it.Path, Size: it.Size, Rule: it.Reason.Rule.Name, Reason: it.Reason.Text, From: from}
		switch {
		case it.Verdict == extract.Dropped:
			v.Removed = append(v.Removed, line)
		case it.Verdict == extract.InBase:
			line.Reason += "; the base has it"
			v.Kept = append(v.Kept, line)
		case it.Pos.Layer < a.boundary:
			line.Part = it.Part.String()
			v.Added = append(v.Added, line)
		default:
			line.Part = it.Part.String()
			v.Kept = append(v.Kept, line)
		}
	}
	for _, gone := range a.sel.Removals {
		v.Removed = append(v.Removed, PathReport{
			Path: "/" + gone.Path, Rule: gone.Reason.Rule.Name, Reason: gone.Reason.Text, From: absolute(gone.Reason.From),
		})
	}
	shared := a.shared()
	for _, b := range a.fat.layers[:shared] {
		v.Kept = append(v.Kept, PathReport{
			ID: b.desc.Digest.String(), Size: b.desc.Size, Rule: "base", Reason: "a layer of the slim base, on which FAT was built; the base has it",
		})
	}
	for _, b := range a.fat.layers[shared:a.boundary] {
		v.Removed = append(v.Removed, PathReport{
			ID: b.desc.Digest.String(), Size: b.desc.Size, Rule: "base", Reason: "a layer of FAT's own base, replaced by the slim base",
		})
	}
	return v
}

// shared is how many of FAT's first layers are the first of the base, too.
func (a *analysis) shared() int {
	of, in := a.fat.config.RootFS.DiffIDs[:a.boundary], a.base.config.RootFS.DiffIDs
	n := 0
	for n < min(len(of), len(in)) && of[n] == in[n] {
		n++
	}
	return n
}

// undecided tells of questions as reports do.
func undecided(questions []extract.Question) []UndecidedReport {
	out := []UndecidedReport{}
	for _, q := range questions {
		kind, _, _ := strings.Cut(q.ID, ":")
		u := UndecidedReport{ID: q.ID, Rule: kind, Reason: q.Text, Keep: q.Keep, Mentions: []Mention{}}
		for _, m := range q.Mentions {
			u.Mentions = append(u.Mentions, Mention{absolute(m.Path), m.Line, m.Text})
		}
		if len(u.Mentions) > 0 {
			u.From = u.Mentions[0].Path
		}
		out = append(out, u)
	}
	return out
}

func absolute(name string) string {
	if name == "" {
		return ""
	}
	return path.Join("/", name)
}

// UndecidedError is returned under [Options.Strict] for an image of which
// evidence does not decide all. Nothing was written.
type UndecidedError struct{ Items []UndecidedReport }

func (e *UndecidedError) Error() string {
	ids := make([]string, len(e.Items))
	for i, u := range e.Items {
		ids[i] = u.ID
	}
	return "undecided under --strict: " + strings.Join(ids, ", ")
}

// decided returns an [*UndecidedError] for what a strict run may not leave open.
func (r *run) decided(questions []extract.Question) error {
	if !r.opts.Strict || len(questions) == 0 {
		return nil
	}
	return &UndecidedError{undecided(questions)}
}
