package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/slimify/slimify/assemble/report"
)

// tell adds what the verdicts tell. For these nothing of FAT's own base was read
// but what the result needs of it.
func (s *section) tell(p *report.Platform, limit func(int) int) {
	s.Whole = true
	_, s.Slim = layerBars(nil, p.Layers, limit(300))
	s.Kept = summed(p.Groups, map[string]map[string]string{"keep": keptWhy, "in the base": inBaseWhy}, limit(60))
	s.Dropped = summed(p.Groups, map[string]map[string]string{"drop": droppedWhy, "remove": removedWhy}, limit(60))
	s.Added = added(p, limit(200))
	s.Packages = result(p, limit(1500))
	s.Config = settings(p.Config, limit(200))
}

// summed lists the groups of some verdicts, with the reasons for them, in the order
// of a plan.
func summed(groups []report.Group, why map[string]map[string]string, limit int) table[group] {
	var rows []group
	for _, g := range groups {
		reasons := why[g.Verdict]
		if reasons == nil || g.Files+g.Layers == 0 && (g.Verdict != "keep" || slices.Equal(g.Rules, []string{"parent"})) {
			continue // directories that nobody asked for are of no interest
		}
		row := group{Title: text(g.Title), Why: reasons[g.Title], Size: size(g.Size), Files: thousands(g.Files), Names: largest(g)}
		switch {
		case g.Layers > 0:
			row.Files, row.Names = "", plural(g.Layers, "layer")+", compressed; not read."
		case g.Files == 0:
			row.Names = plural(g.Directories, "empty directory")
		case g.FromOwnBase > 0:
			row.Names += fmt.Sprintf(" (%s of FAT's own base)", thousands(g.FromOwnBase))
		}
		rows = append(rows, row)
	}
	return cut(rows, limit)
}

// largest names the largest of a group.
func largest(g report.Group) string {
	var names []string
	for _, s := range g.Largest {
		names = append(names, name(s.Name)+" "+size(s.Size))
	}
	if more := g.Names - len(g.Largest); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// added lists the Debian packages that come along, and then the files of FAT's own
// base that do so by themselves. One for whose sake a package comes stands in the
// chain of that.
func added(p *report.Platform, limit int) table[addition] {
	var t table[addition]
	add := func(a addition, chain func() []named) {
		if len(t.Rows) == limit {
			t.More++
			return
		}
		a.Chain = chain()
		t.Rows = append(t.Rows, a)
	}
	because := newEvidence(p)
	evident := make(map[string]bool)
	for _, d := range p.Packages {
		evident[d.From] = true
		add(addition{Kind: "Debian package", Name: name(d.Name), Version: name(d.Version), Files: plural(d.Files, "file"), Size: size(d.Size)},
			func() []named { return because.chain(d.Reason, d.From) })
	}
	for _, f := range p.Added {
		if f.Rule == "debian" || f.Rule == "attribution" || evident[f.Path] {
			continue
		}
		add(addition{Kind: "file", Name: name(f.Path), Files: "1 file", Size: size(f.Size)},
			func() []named { return because.chain(f.Reason, f.From) })
	}
	return t
}

// evidence finds the reason for a path that is itself the reason for another.
type evidence map[string]*report.Path

func newEvidence(p *report.Platform) evidence {
	out := make(evidence)
	if len(p.Packages)+len(p.Added) == 0 {
		return out // nobody will ask
	}
	for _, list := range [][]report.Path{p.Kept, p.Added} {
		for i := range list {
			if list[i].Path != "" { // it is no layer
				out[list[i].Path] = &list[i]
			}
		}
	}
	return out
}

// chain follows a reason to its root, as far as verdicts tell.
func (e evidence) chain(reason, from string) []named {
	var out []named
	for len(out) < maxChain {
		out = append(out, named{name(from), text(reason)})
		next := e[from]
		if next == nil || next.Reason == reason { // a RECORD is evidence for itself
			break
		}
		reason, from = next.Reason, next.From
	}
	return out
}

// result lists what the result has over the base: distributions, and then Debian
// packages.
func result(p *report.Platform, limit int) table[pkg] {
	var t table[pkg]
	add := func(row pkg) {
		if len(t.Rows) == limit {
			t.More++
			return
		}
		t.Rows = append(t.Rows, row)
	}
	for _, d := range p.Distributions {
		add(pkg{Kind: "Python", Name: name(d.Name), After: name(cmp.Or(d.Version, "?")), Size: size(d.Size), Outcome: "kept"})
	}
	for _, d := range p.Packages {
		row := pkg{Kind: "Debian", Name: name(d.Name), After: name(cmp.Or(d.Version, "?")), Size: size(d.Size), Outcome: "brought along"}
		if !d.Known {
			row.Outcome = "its files alone: " + text(d.Unmet)
		}
		add(row)
	}
	return t
}
