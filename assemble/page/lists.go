package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/slimify/slimify/assemble/report"
)

// maxNames is how many names a group lists.
const maxNames = 6

// groups sums shares by their group, the largest first.
func groups(shares []report.Share, want func(report.Origin) bool, why map[string]string) []group {
	type sums struct {
		tally
		names []string
		count int
		why   string
	}
	all := make(map[string]*sums)
	var titles []string
	for _, s := range shares { // the largest first
		if !want(s.Origin) {
			continue
		}
		g := all[s.Group]
		if g == nil {
			g = &sums{why: cmp.Or(why[s.Group], text(s.Why))}
			all[s.Group] = g
			titles = append(titles, s.Group)
		}
		g.files += s.Files
		g.bytes += s.Bytes
		g.count++
		if len(g.names) < maxNames && (s.Bytes > 0 || len(g.names) == 0) {
			g.names = append(g.names, strings.TrimSpace(name(s.Name)+" "+size(s.Bytes)))
		}
	}
	var out []group
	for _, title := range titles {
		g := all[title]
		row := group{text(title), g.why, thousands(g.files), size(g.bytes), strings.Join(g.names, ", "), g.bytes}
		if more := g.count - len(g.names); more > 0 {
			row.Names += fmt.Sprintf(", %d more", more)
		}
		out = append(out, row)
	}
	slices.SortStableFunc(out, func(a, b group) int { return cmp.Compare(b.bytes, a.bytes) })
	return out
}

func removals(list []report.Path, limit int) table[named] {
	rows := make([]named, 0, min(len(list), limit))
	for _, r := range list[:min(len(list), limit)] {
		rows = append(rows, named{name(r.Path), text(r.Reason)})
	}
	return table[named]{rows, len(list) - len(rows)}
}

// maxChain is how many links of a chain are shown.
const maxChain = 12

func additions(list []report.Addition, limit int) table[addition] {
	var rows []addition
	for _, a := range list[:min(len(list), limit)] {
		row := addition{Kind: a.Kind, Name: name(a.Name), Version: name(a.Version), Files: plural(a.Files, "file"), Size: size(a.Bytes)}
		for _, l := range a.Chain[:min(len(a.Chain), maxChain)] {
			row.Chain = append(row.Chain, named{name(l.From), text(l.Reason)})
		}
		rows = append(rows, row)
	}
	return table[addition]{rows, len(list) - len(rows)}
}

// packages lists Python packages, then Debian packages, each by name: first
// those in the result, then those left behind.
func packages(p *report.Picture, limit int) table[pkg] {
	brought := make(map[string]bool)
	for _, a := range p.Additions {
		if a.Kind == "Debian package" {
			brought[a.Name] = true
		}
	}
	var t table[pkg]
	for _, gone := range []bool{false, true} {
		for _, list := range [][]report.PackageChange{p.Distributions, p.Debian} {
			for _, c := range list {
				if (c.After == nil) == gone {
					t.add(limit, func() pkg { return newPackage(c, c.Ecosystem == "" && brought[c.Name]) })
				}
			}
		}
	}
	return t
}

// kindOf names the kind of a package for people: its ecosystem, or Debian.
func kindOf(ecosystem string) string {
	if ecosystem == "" {
		return "Debian"
	}
	return strings.ToUpper(ecosystem[:1]) + ecosystem[1:]
}

func newPackage(c report.PackageChange, brought bool) pkg {
	row := pkg{Kind: kindOf(c.Ecosystem), Name: name(c.Name), Outcome: "kept"}
	if c.Ecosystem == "" {
		row.Outcome = "in the slim base"
	}
	if c.Before != nil {
		row.Before, row.Bytes = name(cmp.Or(c.Before.Version, "?")), c.Before.Size
	}
	if c.After != nil {
		row.After, row.Bytes = name(cmp.Or(c.After.Version, "?")), c.After.Size
	}
	row.Size = size(row.Bytes)
	switch {
	case c.After == nil:
		row.Outcome = "left behind"
	case c.Before == nil:
		row.Outcome = "from the slim base"
	case c.Before.Version != c.After.Version:
		row.Outcome = "the slim base's version"
	case brought:
		row.Outcome = "added"
	}
	return row
}

func settings(list []report.SettingChange, limit int) table[setting] {
	var rows []setting
	for _, c := range list[:min(len(list), limit)] {
		rows = append(rows, setting{name(c.Field), text(string(c.Before)), text(string(c.After))})
	}
	return table[setting]{rows, len(list) - len(rows)}
}
