package assemble

import (
	"strings"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
)

// distributions lists the installed distributions that are kept.
func distributions(a *Analysis) []report.Distribution {
	out := []report.Distribution{}
	for _, d := range a.sel.Distributions {
		out = append(out, report.Distribution{Name: d.Name, Version: d.Version, Files: d.Files, Size: d.Bytes})
	}
	return out
}

// packages lists the Debian packages that come along.
func packages(a *Analysis) []report.Package {
	out := []report.Package{}
	for _, p := range a.sel.Packages {
		out = append(out, report.Package{Name: p.Name, Version: p.Version, Reason: p.Why.Text, From: absolute(p.Why.From), Files: p.Files, Size: p.Bytes, Known: p.Known, Unmet: p.Unmet})
	}
	return out
}

// verdicts lists the paths. Layers that were not read have one verdict each.
func verdicts(a *Analysis) report.Verdicts {
	v := report.Verdicts{Kept: make([]report.Path, 0, len(a.sel.Items)), Added: []report.Path{}, Removed: []report.Path{}, Undecided: undecided(a.sel.Questions)}
	var said, from string // neighbours often have one evidence: a RECORD
	for _, it := range a.sel.Items {
		if it.Reason.From != said {
			said, from = it.Reason.From, absolute(it.Reason.From)
		}
		line := report.Path{Path: "/" + it.Path, Size: it.Size, Rule: it.Reason.Rule.Name, Reason: it.Reason.Text, From: from}
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
		v.Removed = append(v.Removed, report.Path{
			Path: "/" + gone.Path, Rule: gone.Reason.Rule.Name, Reason: gone.Reason.Text, From: absolute(gone.Reason.From),
		})
	}
	shared := a.shared()
	for _, b := range a.fat.layers[:shared] {
		v.Kept = append(v.Kept, report.Path{
			ID: b.desc.Digest.String(), Size: b.desc.Size, Rule: "base", Reason: "a layer of the slim base, on which FAT was built; the base has it",
		})
	}
	for _, b := range a.fat.layers[shared:a.boundary] {
		v.Removed = append(v.Removed, report.Path{
			ID: b.desc.Digest.String(), Size: b.desc.Size, Rule: "base", Reason: "a layer of FAT's own base, replaced by the slim base",
		})
	}
	return v
}

// undecided tells of questions as reports do.
func undecided(questions []extract.Question) []report.Undecided {
	out := []report.Undecided{}
	for _, q := range questions {
		kind, _, _ := strings.Cut(q.ID, ":")
		u := report.Undecided{ID: q.ID, Rule: kind, Reason: q.Text, Keep: q.Keep, Mentions: []report.Mention{}}
		for _, m := range q.Mentions {
			u.Mentions = append(u.Mentions, report.Mention{Path: absolute(m.Path), Line: m.Line, Text: m.Text})
		}
		if len(u.Mentions) > 0 {
			u.From = u.Mentions[0].Path
		}
		out = append(out, u)
	}
	return out
}
