package page

import (
	"bytes"
	"cmp"
	"strings"

	"github.com/slimify/slimify/assemble/report"
)

// CompareMarkdown renders a comparison of two images as GitHub-flavoured Markdown,
// with fewer than 64 KiB.
func CompareMarkdown(c *report.Comparison) ([]byte, error) {
	return shorten(maxMarkdown, func(detail float64) ([]byte, error) {
		var out bytes.Buffer
		m := markdown{&out}
		limit := func(n int) int { return max(int(float64(n)*detail), 1) }
		m.printf("### %s → %s\n\n", code(name(c.Before.Ref)), code(name(c.After.Ref)))
		for _, p := range c.Platforms {
			if len(c.Platforms) > 1 {
				m.printf("#### %s\n\n", plain(name(p.Platform)))
			}
			m.comparison(p, limit)
		}
		for _, only := range []struct {
			in    string
			names []string
		}{{c.Before.Ref, c.OnlyBefore}, {c.After.Ref, c.OnlyAfter}} {
			if len(only.names) > 0 {
				m.printf("Not compared: only %s has %s\n\n", code(name(only.in)), plain(text(strings.Join(only.names, ", "))))
			}
		}
		return out.Bytes(), nil
	})
}

func (m markdown) comparison(p report.PlatformComparison, limit func(int) int) {
	m.rows([]string{"", "before", "after", ""}, []string{"-", "-:", "-:", "-"}, [][]string{
		{"Compressed", size(p.Compressed.Before), "**" + size(p.Compressed.After) + "**", ratio(p.Compressed)},
		{"Unpacked", size(p.Unpacked.Before), "**" + size(p.Unpacked.After) + "**", ratio(p.Unpacked)},
		{"Files", thousands(int(p.Files.Before)), "**" + thousands(int(p.Files.After)) + "**", ""},
		{"Layers", thousands(len(p.Layers.Before)), "**" + thousands(len(p.Layers.After)) + "**", ""},
	})
	if p.Shared.Layers > 0 {
		m.printf("%s of %s in both: with the first image present, the second one is a pull of %s.\n\n",
			plural(p.Shared.Layers, "layer"), size(p.Shared.Size), size(p.Compressed.After-p.Shared.Size))
	}
	m.changes("Installed packages", changed(p.Distributions), limit(200))
	if d := p.Debian; len(d.Added)+len(d.Removed) > 0 {
		m.fold("Debian packages: "+thousands(d.Before)+" → "+thousands(d.After), func() {
			for _, list := range []struct {
				title string
				names []string
			}{{"added", d.Added}, {"removed", d.Removed}} {
				t := cut(list.names, limit(1000))
				if len(t.Rows) > 0 {
					m.printf("%d %s: %s\n\n", len(list.names), list.title, plain(strings.Join(each(t.Rows, name), ", ")))
					m.more(t.More)
				}
			}
		})
	}
	if len(p.Config) > 0 {
		m.settings("Configuration", settings(p.Config, limit(100)))
	}
}

// changed returns the Python packages that differ between the images.
func changed(list []report.PackageChange) (out []pkg) {
	for _, c := range list {
		if c.Before == nil || c.After == nil || c.Before.Version != c.After.Version {
			out = append(out, newPackage(c, false))
		}
	}
	return out
}

func (m markdown) changes(title string, list []pkg, limit int) {
	if len(list) == 0 {
		m.printf("%s: the same versions in both.\n\n", title)
		return
	}
	t := cut(list, limit)
	m.fold(title+": "+thousands(len(list))+" different", func() {
		var rows [][]string
		for _, p := range t.Rows {
			rows = append(rows, []string{plain(p.Name), plain(cmp.Or(p.Before, "–")), plain(cmp.Or(p.After, "–")), p.Size})
		}
		m.rows([]string{"package", "before", "after", "size"}, []string{"-", "-", "-", "-:"}, rows)
		m.more(t.More)
	})
}

// each applies f to every string of a list.
func each(list []string, f func(string) string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = f(s)
	}
	return out
}
