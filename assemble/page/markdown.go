package page

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/slimify/slimify/assemble/report"
)

// maxMarkdown is the maximum size of a report in Markdown, in bytes: that of a
// comment on GitHub.
const maxMarkdown = 64 << 10

// Markdown renders a report as GitHub-flavoured Markdown for comments and step
// summaries, the result first. It has fewer than 64 KiB. version is
// slimify's.
func Markdown(rep *report.Report, version string) ([]byte, error) {
	return shorten(maxMarkdown, func(detail float64) ([]byte, error) {
		var out bytes.Buffer
		m := markdown{&out}
		m.report(newView(rep, version, detail*markdownDetail, false))
		return out.Bytes(), nil
	})
}

// markdownDetail is the maximum number of rows relative to a page's.
const markdownDetail = 0.1

// markdown writes a document.
type markdown struct{ io.Writer }

func (m markdown) printf(format string, args ...any) { fmt.Fprintf(m, format, args...) }

// rows writes a table: its head, the alignment of its columns ("-" or "-:"), and
// its rows. Cells must be Markdown.
func (m markdown) rows(head, align []string, rows [][]string) {
	for _, cells := range append([][]string{head, align}, rows...) {
		m.printf("| %s |\n", strings.Join(cells, " | "))
	}
	m.printf("\n")
}

func (m markdown) report(v view) {
	headline := cmp.Or(v.Headline, "nothing to slim")
	if v.NotWritten != "" {
		headline = "not written (" + headline + ")"
	}
	m.printf("### slimify: %s\n\n", headline)
	m.printf("%s → %s\n\n", code(v.Source), code(v.Result))
	if v.NotWritten != "" {
		m.printf("❌ **Not written:** %s\n\n", plain(v.NotWritten))
	}
	switch {
	case v.Unchanged != "":
		m.printf("%s\n\n", v.Unchanged)
	case v.UpToDate:
		m.printf("The destination was up to date and was not changed.\n\n")
	case v.DryRun:
		m.printf("Dry run: nothing was written.\n\n")
	}
	for _, s := range v.Platforms {
		if len(v.Platforms) > 1 {
			m.printf("#### %s\n\n", plain(s.Platform))
		}
		m.sizes(s)
	}
	m.attention(v)
	for _, s := range v.Platforms {
		if s.Details {
			m.details(s, len(v.Platforms) > 1)
		}
	}
	if v.Command != "" {
		m.printf("<details><summary>Reproduce</summary>\n\n%s\n</details>\n\n", fenced(v.Command))
	}
	m.printf("<sub>slimify %s</sub>\n", plain(v.Version))
}

func (m markdown) sizes(s section) {
	var rows [][]string
	for _, p := range s.Sizes {
		rows = append(rows, []string{p.Name, p.Before, "**" + p.After + "**", p.Ratio})
	}
	m.rows([]string{"", "before", "after", ""}, []string{"-", "-:", "-:", "-"}, rows)
	switch s.Verify.Status {
	case "pass":
		m.printf("✅ verified")
		if n := len(s.Verify.Checks); n > 0 {
			m.printf(" by %s", plural(n, "check"))
		}
	case "fail":
		m.printf("❌ verification failed")
	default:
		m.printf("not verified: nothing was changed")
	}
	if s.Base.Ref != "" {
		m.printf(" · on %s (%s)", code(s.Base.Ref), plain(s.Base.Why))
	}
	m.printf("\n\n")
}

// attention lists undecided items and warnings.
func (m markdown) attention(v view) {
	if v.Undecided == 0 && len(v.Warnings) == 0 {
		return
	}
	m.printf("**Needs attention**\n\n")
	for _, s := range v.Platforms {
		for _, u := range s.Items {
			m.printf("- **Undecided:** %s", plain(u.Reason))
			if len(v.Platforms) > 1 {
				m.printf(" (%s)", plain(s.Platform))
			}
			for i, p := range u.Places {
				m.printf("%s%s", map[bool]string{true: " – ", false: ", "}[i == 0], code(p))
			}
			if u.More > 0 {
				m.printf(" and %d more", u.More)
			}
			m.printf("<br>")
			if u.Keep != "" {
				m.printf("%s keeps it, ", code(u.Keep))
			}
			m.printf("%s leaves it behind\n", code(u.Accept))
		}
	}
	for _, w := range v.Warnings {
		m.printf("- %s\n", plain(w))
	}
	m.printf("\n")
}

// fold writes a collapsed part.
func (m markdown) fold(title string, body func()) {
	m.printf("<details><summary>%s</summary>\n\n", title)
	body()
	m.printf("</details>\n\n")
}

func (m markdown) more(n int) {
	if n > 0 {
		m.printf("%d more are not shown.\n\n", n)
	}
}

func (m markdown) details(s section, several bool) {
	of := ""
	if several {
		of = " (" + plain(s.Platform) + ")"
	}
	m.fold("Left behind, and why"+of, func() { m.groups(s.Dropped) })
	m.fold("Kept, and why"+of, func() { m.groups(s.Kept) })
	if len(s.Added.Rows) > 0 {
		m.fold("Added, and why"+of, func() {
			for _, a := range s.Added.Rows {
				m.printf("- **%s** (%s, %s)", plain(strings.TrimSpace(a.Name+" "+a.Version)), a.Kind, a.Size)
				for _, l := range a.Chain {
					m.printf(" ← %s", plain(l.Why))
				}
				m.printf("\n")
			}
			m.printf("\n")
			m.more(s.Added.More)
		})
	}
	if len(s.Packages.Rows) > 0 {
		m.fold("Packages"+of, func() {
			var rows [][]string
			for _, p := range s.Packages.Rows {
				rows = append(rows, []string{plain(p.Name), p.Kind, plain(p.After), p.Size, plain(p.Outcome)})
			}
			m.rows([]string{"package", "kind", "version", "size", ""}, []string{"-", "-", "-", "-:", "-"}, rows)
			m.more(s.Packages.More)
		})
	}
	m.fold("Layers of the result"+of, func() {
		var rows [][]string
		for _, l := range s.Slim.Rows {
			rows = append(rows, []string{l.From, l.Size, cmp.Or(plain(l.Title), "–"), code(l.Short())})
		}
		m.rows([]string{"from", "size", "created by", "digest"}, []string{"-", "-:", "-", "-"}, rows)
		m.more(s.Slim.More)
	})
	if len(s.Config.Rows) > 0 {
		m.settings("Configuration"+of, s.Config)
	}
}

func (m markdown) settings(title string, t table[setting]) {
	m.fold(title, func() {
		var rows [][]string
		for _, c := range t.Rows {
			rows = append(rows, []string{plain(c.Field), cmp.Or(code(c.Before), "–"), cmp.Or(code(c.After), "–")})
		}
		m.rows([]string{"field", "before", "after"}, []string{"-", "-", "-"}, rows)
		m.more(t.More)
	})
}

func (m markdown) groups(t table[group]) {
	var rows [][]string
	for _, g := range t.Rows {
		rows = append(rows, []string{plain(g.Title), g.Size, g.Files, plain(strings.TrimSpace(g.Why + " " + g.Names))})
	}
	m.rows([]string{"group", "size", "files", "why, and the largest items"}, []string{"-", "-:", "-:", "-"}, rows)
	m.more(t.More)
}
