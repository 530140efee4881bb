package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/slimify/slimify/assemble/report"
)

// addVerdicts adds the verdicts. They cover the original base image only as far
// as the result needs files from it.
func (s *section) addVerdicts(p *report.Platform, limit func(int) int) {
	s.Details = true
	_, s.Slim = layerBars(nil, p.Layers, limit(300))
	s.Kept = summed(p.Groups, map[string]map[string]string{"keep": keptWhy, "in the base": inBaseWhy}, limit(60))
	s.Dropped = summed(p.Groups, map[string]map[string]string{"drop": droppedWhy, "remove": removedWhy}, limit(60))
	s.Added = added(p, limit(200))
	s.Packages = result(p, limit(1500))
	s.Config = settings(p.Config, limit(200))
}

// summed lists the groups with some verdicts and their reasons, in the order of a
// plan.
func summed(groups []report.Group, why map[string]map[string]string, limit int) table[group] {
	var t table[group]
	for _, g := range groups {
		reasons := why[g.Verdict]
		switch {
		case reasons == nil:
		case g.Files+g.Layers == 0 && (g.Verdict != "keep" || slices.Equal(g.Rules, []string{"parent"})):
			// Directories kept only as parents are not interesting.
		default:
			t.add(limit, func() group { return newGroup(g, reasons) })
		}
	}
	return t
}

func newGroup(g report.Group, reasons map[string]string) group {
	row := group{Title: text(g.Title), Why: reasons[g.Title], Size: size(g.Size), Files: thousands(g.Files), Names: largest(g)}
	switch {
	case g.Layers > 0:
		row.Files, row.Names = "", plural(g.Layers, "layer")+", compressed; not read."
	case g.Files == 0:
		row.Names = plural(g.Directories, "empty directory")
	case g.FromOriginalBase > 0:
		row.Names += fmt.Sprintf(" (%s from the original base image)", thousands(g.FromOriginalBase))
	}
	return row
}

// largest lists the largest items of a group.
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

// added lists the Debian packages that are added, then single files from the
// original base image. A file that is the reason for a package appears only in the
// package's chain.
func added(p *report.Platform, limit int) table[addition] {
	var t table[addition]
	because := newEvidence(p)
	evident := make(map[string]bool)
	for _, d := range p.Packages {
		evident[d.From] = true
		t.add(limit, func() addition {
			return addition{
				Kind: "Debian package", Name: name(d.Name), Version: name(d.Version), Files: plural(d.Files, "file"), Size: size(d.Size),
				Chain: because.chain(d.Reason, d.From),
			}
		})
	}
	for _, f := range p.Added {
		if f.Rule == "debian" || f.Rule == "attribution" || evident[f.Path] {
			continue
		}
		t.add(limit, func() addition {
			return addition{Kind: "file", Name: name(f.Path), Files: "1 file", Size: size(f.Size), Chain: because.chain(f.Reason, f.From)}
		})
	}
	return t
}

// evidence finds the verdict on a path that is itself a reason.
type evidence map[string]*report.Path

func newEvidence(p *report.Platform) evidence {
	out := make(evidence)
	if len(p.Packages)+len(p.Added) == 0 {
		return out // it will not be used
	}
	for _, list := range [][]report.Path{p.Kept, p.Added} {
		for i := range list {
			if list[i].Path != "" { // it is not a layer
				out[list[i].Path] = &list[i]
			}
		}
	}
	return out
}

// chain follows a reason to its root, as far as the verdicts reach.
func (e evidence) chain(reason, from string) []named {
	var out []named
	for len(out) < maxChain {
		out = append(out, named{name(from), text(reason)})
		next := e[from]
		if next == nil || next.Reason == reason { // a RECORD is its own evidence
			break
		}
		reason, from = next.Reason, next.From
	}
	return out
}

// result lists the packages that the result has in addition to the base: Python
// packages, then Debian packages.
func result(p *report.Platform, limit int) table[pkg] {
	var t table[pkg]
	for _, d := range p.Distributions {
		t.add(limit, func() pkg {
			return pkg{Kind: kindOf(d.Ecosystem), Name: name(d.Name), After: name(cmp.Or(d.Version, "?")), Size: size(d.Size), Outcome: "kept"}
		})
	}
	for _, d := range p.Packages {
		t.add(limit, func() pkg {
			row := pkg{Kind: kindOf(""), Name: name(d.Name), After: name(cmp.Or(d.Version, "?")), Size: size(d.Size), Outcome: "added"}
			if !d.Known {
				row.Outcome = "files only: " + text(d.Unmet)
			}
			return row
		})
	}
	return t
}
