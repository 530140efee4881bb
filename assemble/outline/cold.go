package outline

import (
	"slices"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/explain"
)

// AddCold lists the paths of the original base image in place of its layers.
func AddCold(p *report.PlatformPlan, found []explain.Path) []Entry {
	layer := func(line report.Path) bool { return line.ID != "" }
	p.Kept = slices.DeleteFunc(p.Kept, layer)
	removed := slices.DeleteFunc(p.Removed, layer)
	var out []Entry
	for _, f := range found {
		reason := f.Chain[0]
		removed = append(removed, report.Path{Path: "/" + f.Path, Size: f.Size, Rule: reason.Rule.Name, Reason: reason.Text})
		out = append(out, Entry{verdict: report.VerdictDrop, reason: reason, path: f.Path, size: f.Size, dir: f.Dir})
	}
	p.Removed = removed
	return out
}
