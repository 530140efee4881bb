package outline

import (
	"strings"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/selection"
)

// Distributions lists the installed distributions that are kept.
func Distributions(a *analyze.Analysis) []report.Distribution {
	out := []report.Distribution{}
	for _, d := range a.Sel.Distributions {
		out = append(out, report.Distribution{Ecosystem: d.Ecosystem, Name: d.Name, Version: d.Version, Files: d.Files, Size: d.Bytes})
	}
	return out
}

// Packages lists the Debian packages that are copied.
func Packages(a *analyze.Analysis) []report.Package {
	out := []report.Package{}
	for _, p := range a.Sel.Packages {
		out = append(out, report.Package{
			Name: p.Name, Version: p.Version, Reason: p.Why.Text, From: image.Absolute(p.Why.From),
			Files: p.Files, Size: p.Bytes, Known: p.Known, Unmet: p.Unmet,
		})
	}
	return out
}

// Verdicts lists the paths. Layers that were not read have one verdict each.
func Verdicts(a *analyze.Analysis) report.Verdicts {
	v := report.Verdicts{Kept: make([]report.Path, 0, len(a.Sel.Items)), Added: []report.Path{}, Removed: []report.Path{}, Undecided: Undecided(a.Sel.Questions)}
	var last, from string // neighbours often have one evidence: a RECORD
	for _, it := range a.Sel.Items {
		if it.Reason.From != last {
			last, from = it.Reason.From, image.Absolute(it.Reason.From)
		}
		line := report.Path{Path: "/" + it.Path, Size: it.Size, Rule: it.Reason.Rule.Name, Reason: it.Reason.Text, From: from}
		switch {
		case it.Verdict == selection.Dropped:
			v.Removed = append(v.Removed, line)
		case it.Verdict == selection.InBase:
			line.Reason += "; the base has it"
			v.Kept = append(v.Kept, line)
		case it.Pos.Layer < a.Boundary:
			line.Part = it.Part.String()
			v.Added = append(v.Added, line)
		default:
			line.Part = it.Part.String()
			v.Kept = append(v.Kept, line)
		}
	}
	for _, gone := range a.Sel.Removals {
		v.Removed = append(v.Removed, report.Path{
			Path: "/" + gone.Path, Rule: gone.Reason.Rule.Name, Reason: gone.Reason.Text, From: image.Absolute(gone.Reason.From),
		})
	}
	shared := a.Shared()
	for _, b := range a.Fat.Layers[:shared] {
		v.Kept = append(v.Kept, report.Path{
			ID: b.Descriptor.Digest.String(), Size: b.Descriptor.Size, Rule: "base", Reason: "a layer of the slim base, which the image was built on; the base has it",
		})
	}
	for _, b := range a.Fat.Layers[shared:a.Boundary] {
		v.Removed = append(v.Removed, report.Path{
			ID: b.Descriptor.Digest.String(), Size: b.Descriptor.Size, Rule: "base", Reason: "a layer of the original base image, replaced by the slim base",
		})
	}
	return v
}

// Undecided lists questions as reports have them.
func Undecided(questions []selection.Question) []report.Undecided {
	out := []report.Undecided{}
	for _, q := range questions {
		kind, _, _ := strings.Cut(q.ID, ":")
		u := report.Undecided{ID: q.ID, Rule: kind, Reason: q.Text, Keep: q.Keep, Mentions: []report.Mention{}}
		for _, m := range q.Mentions {
			u.Mentions = append(u.Mentions, report.Mention{Path: image.Absolute(m.Path), Line: m.Line, Text: m.Text})
		}
		if len(u.Mentions) > 0 {
			u.From = u.Mentions[0].Path
		}
		out = append(out, u)
	}
	return out
}
