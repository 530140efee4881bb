package page

import (
	"github.com/slimify/slimify/assemble/report"
)

// originKind is a colour of the treemaps.
type originKind struct {
	of                report.Origin
	class, name, text string
}

// origins are the colours of the treemaps, in the order of the legend.
var origins = []originKind{
	{report.FromBase, "base", "Slim base", "files of the slim image; in FAT those with the same paths"},
	{report.FromDistributions, "dist", "Installed packages", "with their scripts and data"},
	{report.FromApplication, "app", "Application", "your own files"},
	{report.FromDebian, "deb", "Debian packages", "installed by you, or needed by kept files"},
	{report.FromElsewhere, "other", "Other files", "data, accounts, and files generated for the new base"},
	{report.LeftBehind, "drop", "Left behind", "not needed at run time"},
}

func legend(p *report.Picture) []origin {
	var out []origin
	for _, o := range origins {
		of := func(shares []report.Share) (t tally) {
			for _, s := range shares {
				if s.Origin == o.of {
					t.files += s.Files
					t.bytes += s.Bytes
				}
			}
			return t
		}
		before, after := of(p.Fat), of(p.Slim)
		if before.files+after.files == 0 {
			continue
		}
		row := origin{Class: o.class, Name: o.name, Text: o.text, Before: size(before.bytes), After: size(after.bytes)}
		if after.files == 0 {
			row.After = "–"
		}
		out = append(out, row)
	}
	return out
}

// layerClasses are the colours of layers by their origin in reports.
var layerClasses = map[string]struct{ class, name string }{
	"original base": {"drop", "original base"},
	"image":         {"dist", "yours"},
	"base":          {"base", "slim base"},
	"reused":        {"dist", "yours, used as it is"},
	"dependencies":  {"dist", "dependencies"},
	"application":   {"app", "application"},
	"system":        {"deb", "system"},
}

// layerBars divides two bars with the same scale among layers, and lists the
// lowest ones.
func layerBars(fat, slim []report.Layer, limit int) (before, after table[layer]) {
	bytes := func(ls []report.Layer) (n int64) {
		for _, l := range ls {
			n += l.Size
		}
		return n
	}
	whole := float64(max(bytes(fat), bytes(slim), 1))
	bar := func(ls []report.Layer) table[layer] {
		var out []layer
		left := 0.0
		for _, l := range cut(ls, limit).Rows {
			kind := layerClasses[l.From]
			width := 100 * float64(l.Size) / whole
			out = append(out, layer{
				Class: kind.class, From: kind.name, Title: text(l.Title), Digest: l.Digest.String(), Size: size(l.Size), Bytes: l.Size, Left: left, Width: width,
			})
			left += width
		}
		return table[layer]{out, len(ls) - len(out)}
	}
	return bar(fat), bar(slim)
}
