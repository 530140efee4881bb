package text

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/golden"
)

// undecidedItems are n items, each mentioned in three places.
func undecidedItems(n int) []report.Undecided {
	var out []report.Undecided
	for _, tool := range []string{"git", "curl", "ssh", "gpg", "unzip", "ps", "convert"}[:n] {
		u := report.Undecided{ID: "tool:" + tool, Rule: "tool", Reason: tool + " is called, but the base lacks it", Keep: "deb:" + tool}
		for line := range 3 {
			u.Mentions = append(u.Mentions, report.Mention{
				Path: "/app/main.py", Line: line + 1, Text: "subprocess.run([\"" + tool + "\", \"\x1b[2J" + strings.Repeat("--option ", 20) + "\"])",
			})
		}
		out = append(out, u)
	}
	return out
}

// Undecided items are printed with their evidence and the flags that resolve them. Content
// of the image does not control the terminal.
func TestUndecidedTexts(t *testing.T) {
	t.Parallel()
	var doc bytes.Buffer
	for _, n := range []int{0, 1, 2, 7} {
		fmt.Fprintf(&doc, "plan of %d\n", n)
		PrintPlan(&doc, &report.Plan{
			Source: report.Named{Ref: "app:1"},
			Run:    report.Run{Warnings: []report.Warning{{Code: "x", Message: "a person should know this, " + strings.Repeat("and that, ", 12) + "and more"}}},
			Platforms: []report.PlatformPlan{{
				Platform: "linux/amd64", Layers: report.LayerCount{Image: 9}, Verdicts: report.Verdicts{Undecided: undecidedItems(n)},
				Groups: []report.Group{{Verdict: "keep", Title: "data elsewhere", Directories: 2}},
			}},
		}, false)
		fmt.Fprintf(&doc, "\nslimmed with %d\n", n)
		printUndecided(&doc, undecidedItems(n), false)
		fmt.Fprintln(&doc)
	}
	for line := range strings.Lines(doc.String()) {
		if strings.ContainsRune(line, '\x1b') || utf8.RuneCountInString(line) > planWidth+1 {
			t.Errorf("line %q", line)
		}
	}
	golden.Check(t, "testdata/undecided.golden", doc.String())
}

// Neither do the platform, which is in the config of the image, and names in hints.
func TestHostilePlatform(t *testing.T) {
	t.Parallel()
	const hostile = "linux/amd64/v8\x1b[2J\u009b31m\u202e\r"
	var doc bytes.Buffer
	PrintPlan(&doc, &report.Plan{Platforms: []report.PlatformPlan{{Platform: hostile, Base: report.Base{Why: hostile}}}}, true)
	PrintExplanation(&doc, &report.Explanation{Platforms: []report.PlatformExplanation{{Platform: hostile}, {Platform: hostile}}}, true)
	PrintSummary(&doc, &report.Report{Platforms: []report.Platform{{Platform: hostile}, {Platform: hostile}}}, false, false)
	if bad := strings.IndexFunc(doc.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); bad >= 0 {
		t.Errorf("%q", doc.String()[max(0, bad-40):bad+10])
	}
	if n := strings.Count(doc.String(), "linux/amd64/v8"); n != 6 {
		t.Errorf("the platform is printed %d times:\n%s", n, doc.String())
	}
}

// A name in a hint is one word of a shell, whatever its characters.
func TestHintsAreWords(t *testing.T) {
	t.Parallel()
	u := report.Undecided{ID: "link:/srv/$(id)", Keep: "/srv/$(id)"}
	if got, want := Resolve(u), "keep it with --keep '/srv/$(id)', or leave it behind with --accept 'link:/srv/$(id)'"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := resolveFlags(u), "--keep '/srv/$(id)' or --accept 'link:/srv/$(id)'"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	var doc bytes.Buffer
	printExplainedPaths(&doc, report.PlatformExplanation{Paths: []report.ExplainedPath{{Path: "/tmp/a;id", Verdict: "dropped", Keep: "/tmp/a;id"}}}, false)
	if want := "  to keep it: --keep '/tmp/a;id'\n"; !strings.HasSuffix(doc.String(), want) {
		t.Errorf("%s, want %s", doc.String(), want)
	}
}

func TestLargest(t *testing.T) {
	t.Parallel()
	names := []report.Sized{{Name: "werkzeug 3.1.3", Size: 1_500_000}, {Name: "jinja2 3.1.6", Size: 900_000}, {Name: "flask 3.1.2", Size: 500_000}}
	for _, c := range []struct {
		width int
		group report.Group
		want  string
	}{
		{200, report.Group{Files: 9, Names: 3, Largest: names}, "werkzeug 3.1.3 1.5 MB, jinja2 3.1.6 900 kB, flask 3.1.2 500 kB"},
		{200, report.Group{Files: 9, Names: 9, Largest: names}, "werkzeug 3.1.3 1.5 MB, jinja2 3.1.6 900 kB, flask 3.1.2 500 kB, 6 more"},
		{60, report.Group{Files: 9, Names: 9, Largest: names}, "werkzeug 3.1.3 1.5 MB, jinja2 3.1.6 900 kB, 7 more"},
		{30, report.Group{Files: 9, Names: 9, Largest: names}, "werkzeug 3.1.3 1.5 MB, 8 more"},
		{30, report.Group{Files: 1, Names: 1, Largest: []report.Sized{{Name: "/opt/model", Size: 5}}}, "/opt/model"},
		{30, report.Group{Files: 1}, ""},
	} {
		if got := largest(c.group, c.width); got != c.want {
			t.Errorf("%d: %q, want %q", c.width, got, c.want)
		}
	}
}

func TestBecause(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ reason, from, want string }{
		{"in WORKDIR /app", "", "in WORKDIR /app"},
		{"DT_NEEDED of _x.so", "/opt/_x.so", "DT_NEEDED of /opt/_x.so"},
		{"RECORD of flask 3", "/site/flask-3.dist-info/RECORD", "RECORD of flask 3 (/site/flask-3.dist-info/RECORD)"},
		{"it holds so", "/lib/x.so", "it holds so (/lib/x.so)"},
	} {
		if got := because(c.reason, c.from); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
