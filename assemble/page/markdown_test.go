package page

import (
	"bytes"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"

	"github.com/slimify/slimify/assemble/report"
)

// rendered is a document as GitHub would show it: with its extensions, and with
// HTML as it stands.
func rendered(t *testing.T, doc []byte) string {
	t.Helper()
	var out bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe())).Convert(doc, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func markdownOf(t *testing.T, rep *report.Report) []byte {
	t.Helper()
	out, err := Markdown(rep, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Hostile names make no element that harmless ones do not make: neither HTML nor
// links nor cells of tables.
func TestMarkdownEscapes(t *testing.T) {
	t.Parallel()
	n := len(hostile)
	doc := markdownOf(t, full(n))
	elements, attributes := tags(t, rendered(t, doc))
	harmless, _ := tags(t, rendered(t, markdownOf(t, full(n, "harmless"))))
	for name, n := range elements {
		if n != harmless[name] {
			t.Errorf("%d elements <%s>, with harmless names %d", n, name, harmless[name])
		}
	}
	if len(attributes["href"])+len(attributes["src"]) > 0 {
		t.Errorf("links: %v %v", attributes["href"], attributes["src"])
	}
	if strings.ContainsAny(string(doc), "\x1b\x07\u202e\r") {
		t.Error("control characters are left")
	}
	if bytes.Contains(doc, []byte("@everyone")) && !bytes.Contains(doc, []byte("`@everyone")) {
		t.Error("somebody is mentioned")
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"RECORD of flask 3.0.3":     "RECORD of flask 3.0.3",
		"layer 8 of 9: COPY . /app": "layer 8 of 9: COPY . /app",
		"@org/team":                 `\@&#8203;org/team`,
		"a|b":                       `a\|b`,
		"<b>&amp;":                  "&lt;b&gt;&amp;amp;",
		"https://evil.example":      `https\://evil.example`,
		"www.evil.example":          `www\.evil.example`,
		"fixes #1":                  `fixes \#&#8203;1`,
		"__init__.py":               `\_\_init\_\_.py`,
		"![x](y)":                   `\!\[x\](y)`,
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"/app/app.py", "a|b", "`", "``a``", "\\", " a ", "<b>", "@x", "&amp;", "*x*"} {
		table := "| a |\n| - |\n| " + code(in) + " |\n"
		got := rendered(t, []byte(table))
		if elements, _ := tags(t, got); elements["td"] != 1 || elements["code"] != 1 || elements["b"]+elements["em"] > 0 {
			t.Errorf("code(%q) = %s gives %s", in, code(in), got)
		}
	}
}

func TestFenced(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"slimify a b", "a ``` b", "````\n# x"} {
		if elements, _ := tags(t, rendered(t, []byte(fenced(in)))); elements["pre"] != 1 || elements["h1"] > 0 || elements["code"] != 1 {
			t.Errorf("%q leaves its block", in)
		}
	}
}

func TestMarkdownIsBounded(t *testing.T) {
	t.Parallel()
	for _, rep := range []*report.Report{full(0), full(1), full(1000), long()} {
		if doc := markdownOf(t, rep); len(doc) >= maxMarkdown {
			t.Errorf("%d bytes for lists of %d", len(doc), len(rep.Warnings))
		}
	}
	if doc := markdownOf(t, full(1000, costly)); len(doc) >= maxMarkdown || len(doc) < maxMarkdown/8 {
		t.Errorf("%d bytes with names that escaping makes longer", len(doc))
	}
}

// The result stands first.
func TestMarkdownSays(t *testing.T) {
	t.Parallel()
	doc := string(markdownOf(t, full(2)))
	if doc != string(markdownOf(t, full(2))) {
		t.Error("a second rendering differs")
	}
	if !strings.HasPrefix(doc, "### slimify: 7.4× smaller\n\n`registry.example.com/app:1.0` → ") {
		t.Errorf("it begins %.200q", doc)
	}
	for _, want := range []string{"| Compressed | 399 MB | **54 MB** | 86% less |", "✅ verified", "**Needs attention**", "Left behind, and why", "```sh\nslimify --base"} {
		if !strings.Contains(doc, want) {
			t.Errorf("it lacks %q", want)
		}
	}
}

// Markdown shows verdicts but not what only a page's picture has: whoever asks for both
// gets the same comment as who does not.
func TestMarkdownVerdicts(t *testing.T) {
	t.Parallel()
	rep := full(0)
	p := &rep.Platforms[0]
	p.Groups = []report.Group{
		{Verdict: "keep", Title: "installed packages", Files: 30, Size: 4e6, Names: 7, Largest: []report.Sized{{Name: "flask 3.0.3", Size: 3e6}, {Name: "click 8.1", Size: 1e5}}},
		{Verdict: "keep", Title: "packages, libraries", Files: 3, FromOriginalBase: 2, Size: 2e6, Names: 1, Largest: []report.Sized{{Name: "libpq5", Size: 2e6}}},
		{Verdict: "keep", Title: "directories", Rules: []string{"directory"}, Directories: 2},
		{Verdict: "keep", Title: "other", Rules: []string{"parent"}, Directories: 5},
		{Verdict: "in the base", Title: "equal in the base", Files: 4},
		{Verdict: "drop", Title: "original base image", Layers: 7, Size: 393e6},
		{Verdict: "drop", Title: "emptied", Directories: 1},
		{Verdict: "remove", Title: "other versions", Files: 9, Size: 1000},
	}
	p.Distributions = []report.Distribution{{Ecosystem: "python", Name: "flask", Version: "3.0.3", Size: 3e6}}
	p.Packages = []report.Package{
		{Name: "libpq5", Version: "15.1", Reason: "owns libpq.so.5", From: "/usr/lib/libpq.so.5", Size: 2e6, Known: true},
		{Name: "odd", Version: "1", Reason: "installed on purpose", Unmet: "it wants libc6 (>= 9)"},
	}
	p.Kept = []report.Path{
		{Path: "/app/_pq.so", Rule: "record", Reason: "RECORD of psycopg2", From: "/app/RECORD"}, {Path: "/app/RECORD", Rule: "record", Reason: "RECORD of psycopg2", From: "/app/RECORD"},
		{Path: "/a", Reason: "round", From: "/b"}, {Path: "/b", Reason: "and round", From: "/a"},
	}
	p.Added = []report.Path{
		{Path: "/usr/lib/libpq.so.5", Rule: "needed", Reason: "DT_NEEDED of _pq.so", From: "/app/_pq.so"},
		{Path: "/usr/lib/libpq.so.5.15", Rule: "debian", Reason: "file of Debian package libpq5", From: "/x.list"},
		{Path: "/opt/tool", Size: 2000, Rule: "command", Reason: "CMD starts it"},
		{Path: "/opt/loop", Rule: "link", Reason: "a link", From: "/a"},
	}
	p.Layers = []report.Layer{{Digest: hash(7), Size: 1000, From: "reused", Title: "RUN x"}}
	p.Config = []report.SettingChange{{Field: "Env.GPG_KEY", Before: []byte(`"1"`)}}
	doc := string(markdownOf(t, rep))
	for _, want := range []string{
		"| original base image | 393 MB |  | ", "7 layers, compressed; not read. |", "flask 3.0.3 3.0 MB, click 8.1 100 kB, 5 more |",
		"libpq5 2.0 MB (2 from the original base image) |", "2 empty directories |", "| equal in the base |", "| other versions | 1.0 kB | 9 | Removed from the slim base",
		"- **libpq5 15.1** (Debian package, 2.0 MB) ← owns libpq.so.5 ← DT\\_NEEDED of \\_pq.so ← RECORD of psycopg2\n",
		"- **/opt/tool** (file, 2.0 kB) ← CMD starts it\n", "- **/opt/loop** (file, 0 B) ← a link ← round ← and round ← round",
		"| flask | Python | 3.0.3 | 3.0 MB | kept |", "| odd | Debian | 1 | 0 B | files only: it wants libc6", "✅ verified by 2 checks",
		"| yours, used as it is | 1.0 kB | RUN x | `000000000000` |", "| Env.GPG\\_KEY | `\"1\"` | – |",
	} {
		if !strings.Contains(doc, want) {
			t.Errorf("it lacks %q", want)
		}
	}
	for _, never := range []string{"**/usr/lib/libpq.so.5", "emptied", "| other |"} {
		if strings.Contains(doc, never) {
			t.Errorf("it has %q", never)
		}
	}
	p.Picture = nil
	if string(markdownOf(t, rep)) != doc {
		t.Error("without a picture it is another one")
	}
	if t.Failed() {
		t.Log(doc)
	}
}

func TestCompareMarkdown(t *testing.T) {
	t.Parallel()
	v := func(s string) *report.PackageVersion { return &report.PackageVersion{Version: s, Size: 1000} }
	p := report.PlatformComparison{
		Platform: "linux/amd64", Compressed: report.Change{Before: 100e6, After: 20e6}, Shared: report.Shared{Layers: 1, Size: 1e6},
		Distributions: []report.PackageChange{{Ecosystem: "python", Name: "flask", Before: v("1"), After: v("1")}, {Ecosystem: "python", Name: "pip", Before: v("23"), After: v("24")}},
		Debian:        report.DebianChanges{Before: 400, After: 100, Removed: []string{"git|x", "gcc"}},
		Config:        []report.SettingChange{{Field: "Env.X", After: []byte(`"<b>"`)}},
	}
	c := &report.Comparison{Before: report.Named{Ref: "a:1"}, After: report.Named{Ref: "a:2"}, Platforms: []report.PlatformComparison{p}, OnlyBefore: []string{"linux/arm64"}}
	doc, err := CompareMarkdown(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"### `a:1` → `a:2`", "| Compressed | 100 MB | **20 MB** | 5.0× smaller |", "Installed packages: 1 different", "| pip | 23 | 24 | 1.0 kB |",
		"Debian packages: 400 → 100", `git\|x, gcc`, "| Env.X | – | `\"<b>\"` |", "only `a:1` has linux/arm64",
	} {
		if !strings.Contains(string(doc), want) {
			t.Errorf("it lacks %q:\n%s", want, doc)
		}
	}
	names := bad(100_000, hostile...)
	p.Debian.Removed = append(p.Debian.Removed, names...)
	for _, name := range names {
		p.Config = append(p.Config, report.SettingChange{Field: name})
	}
	c.Platforms[0] = p
	if doc, err = CompareMarkdown(c); err != nil || len(doc) >= maxMarkdown {
		t.Errorf("%d bytes, %v", len(doc), err)
	}
}
