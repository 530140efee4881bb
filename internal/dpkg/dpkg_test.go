package dpkg

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const database = `Package: libc6
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Version: 2.36-9+deb12u4

Package: perl-base
Status: install ok installed
Version: 5.36.0-7
Provides: libperl-tiny, perl-api (= 5.36)
Breaks: old-tool (<< 2~)

Package: gone
Status: deinstall ok config-files
Version: 1
`

func TestParseStatus(t *testing.T) {
	t.Parallel()
	db := NewDatabase(ParseStatus([]byte(database))...)
	if p := db.Package("gone"); p != nil {
		t.Error("a removed package counts as installed")
	}
	p := db.Package("libc6")
	if p == nil || p.Version != "2.36-9+deb12u4" || p.InfoName() != "libc6:amd64" {
		t.Errorf("libc6 is %+v", p)
	}
	if got, want := string(p.Without("Status", "Multi-Arch")), "Package: libc6\nArchitecture: amd64\nVersion: 2.36-9+deb12u4\n"; got != want {
		t.Errorf("Without: %q, want %q", got, want)
	}
	if name := db.Package("perl-base").InfoName(); name != "perl-base" {
		t.Errorf("InfoName = %q", name)
	}
}

// A field goes on in lines that begin with white space.
func TestContinuationLines(t *testing.T) {
	t.Parallel()
	p := ParseStatus([]byte("Package: a\nDepends: b,\n c (>= 1),\n\td\nVersion: 1\n \n"))[0]
	var names []string
	for _, group := range p.Depends {
		names = append(names, groupText(group))
	}
	if diff := cmp.Diff([]string{"b", "c (>= 1)", "d"}, names); diff != "" || p.Version != "1" {
		t.Errorf("version %q, dependencies (-want +got):\n%s", p.Version, diff)
	}
	if got, want := string(p.Without("Depends")), "Package: a\nVersion: 1\n"; got != want {
		t.Errorf("Without: %q, want %q", got, want)
	}
}

func TestParseRelations(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]Relations{
		"": nil, " , ": nil, "(>= 1)": nil,
		"a, , b | c":              {{{Name: "a"}}, {{Name: "b"}, {Name: "c"}}},
		"a:any (>> 1) [amd64]":    {{{Name: "a", Op: ">>", Version: "1"}}},
		"a (< 1), b( >\t2 ), c()": {{{Name: "a", Op: "<=", Version: "1"}}, {{Name: "b", Op: ">=", Version: "2"}}, {{Name: "c"}}},
	} {
		if diff := cmp.Diff(want, ParseRelations(field)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", field, diff)
		}
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	for stanza, want := range map[string]string{
		"Package: a\nVersion: 1-1+b2\n":                       "a 1-1+b2",
		"Package: a\nSource: b\nVersion: 1\n":                 "b 1",
		"Package: a\nSource: b (1:2-3)\nVersion: 2-3+b1\n":    "b 1:2-3",
		"Package: a\nVersion: 1\nSource:  b  ( 2 )\nX: (y)\n": "b 2",
	} {
		name, version := ParseStatus([]byte(stanza))[0].Source()
		if got := name + " " + version; got != want {
			t.Errorf("source of %q is %q, want %q", stanza, got, want)
		}
	}
}

// Debian's policy, 7.1 and 7.5.
func TestUnmet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ fields, want string }{
		{"Depends: libc6 (>= 2.36), perl-base (= 5.36.0-7)", ""},
		{"Depends: libc6 (>= 2.36-9+deb12u4~), libperl-tiny", ""},
		{"Depends: absent | libc6:any (<< 3) [amd64]", ""},
		{"Depends: perl-api (= 5.36)", ""},
		{"Depends: perl-api (>= 5.37)", "it needs perl-api (>= 5.37)"},
		{"Depends: libperl-tiny (>= 1)", "it needs libperl-tiny (>= 1)"},
		{"Pre-Depends: perl-base (= 5.36.0-8)", "it needs perl-base (= 5.36.0-8)"},
		{"Depends: libc6 (>> 2.36-9+deb12u4)", "it needs libc6 (>> 2.36-9+deb12u4)"},
		{"Depends: absent | other (= 1)", "it needs absent or other (= 1)"},
		{"Conflicts: libperl-tiny", "it conflicts with perl-base 5.36.0-7"},
		{"Breaks: libc6 (<< 2.36-10)", "it conflicts with libc6 2.36-9+deb12u4"},
		{"Breaks: libc6 (<= 2.35)", ""},
		{"Depends: libc6 (>= 2.36-9+deb12u4)", ""},
		{"Breaks: libc6 (<< 2.36-9+deb12u4)", ""},
		{"Breaks: libc6 (>> 2.36-9+deb12u4)", ""},
		{"Provides: tool\nConflicts: tool", ""},   // of itself: the policy's way to be the only one
		{"Depends: libc6 (< 2.36-9+deb12u4)", ""}, // the deprecated form means "or equal"
	} {
		p := ParseStatus([]byte("Package: p\nVersion: 1\n" + c.fields + "\n"))[0]
		db := NewDatabase(append(ParseStatus([]byte(database)), p)...)
		if got := db.Unmet(p); got != c.want {
			t.Errorf("%s: %q, want %q", c.fields, got, c.want)
		}
	}
}

func TestBuildOnly(t *testing.T) {
	t.Parallel()
	for fields, want := range map[string]bool{
		"Package: gcc\nSection: devel": true, "Package: libx\nSection: non-free/libdevel": true, "Package: libx-dev\nSection: libs": true,
		"Package: libx1-dbgsym": true, "Package: git\nSection: vcs": false, "Package: odd\nSection: /devel": true, "Package: libpq5\nSection: libs": false, "Package: devscripts\nSection: utils": false,
	} {
		if got := ParseStatus([]byte(fields))[0].BuildOnly(); got != want {
			t.Errorf("%q: %v, want %v", fields, got, want)
		}
	}
}

func TestAlternatives(t *testing.T) {
	t.Parallel()
	const file = "manual\n/usr/bin/editor\neditor.1.gz\n/usr/share/man/man1/editor.1.gz\n\n/bin/nano\n40\n/usr/share/man/man1/nano.1.gz\n/usr/bin/vim.tiny\n15\n\n\n"
	g, err := ParseGroup("editor", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(file, string(g.Format())); diff != "" {
		t.Errorf("formatted again (-want +got):\n%s", diff)
	}
	if got := g.Best("/usr/bin/vim.tiny").Path; got != "/usr/bin/vim.tiny" {
		t.Errorf("the administrator's choice is lost for %s", got)
	}
	only := g.Only("/usr/bin/vim.tiny", func(name string) bool { return name == "/bin/nano" })
	if only.Manual || len(only.Choices) != 1 || only.Best("/usr/bin/vim.tiny").Path != "/bin/nano" {
		t.Errorf("without the chosen one the group is %+v", only)
	}
	if g.Only("", func(string) bool { return false }) != nil {
		t.Error("a group without choices is left")
	}
	for _, bad := range []string{"", "auto", "auto\n/l\nslave", "auto\n/l\n\n/c", "auto\n/l\n\n/c\nhigh\n", "auto\n/l\ns\n/s\n\n/c\n1"} {
		if g, err := ParseGroup("x", []byte(bad)); err == nil {
			t.Errorf("%q is read as %+v", bad, g)
		}
	}
}

// Without a choice of the administrator's the highest priority wins, and of equal ones
// the first.
func TestBest(t *testing.T) {
	t.Parallel()
	choices := []Choice{{Path: "/low", Priority: 10}, {Path: "/first", Priority: 50}, {Path: "/second", Priority: 50}, {Path: "/last", Priority: 20}}
	for _, c := range []struct {
		manual bool
		chosen string
		want   string
	}{
		{false, "", "/first"}, {false, "/low", "/first"}, {true, "/low", "/low"}, {true, "/gone", "/first"},
	} {
		g := &Group{Manual: c.manual, Choices: choices}
		if got := g.Best(c.chosen).Path; got != c.want {
			t.Errorf("manual %v, chosen %q: the best is %s, want %s", c.manual, c.chosen, got, c.want)
		}
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	var f Filter
	f.Add([]byte("# slim\npath-exclude=/usr/share/doc/*\npath-include /usr/share/doc/*/copyright\nforce-unsafe-io\npath-exclude=\"/usr/share/man/*\"\n"))
	for name, want := range map[string]bool{
		"/usr/share/doc/x/README": true, "/usr/share/doc/x/copyright": false, "/usr/share/man/man1/x.1.gz": true, "/usr/share/doc": false, "/usr/bin/x": false,
	} {
		if got := f.Excludes(name); got != want {
			t.Errorf("%s: excluded %v, want %v", name, got, want)
		}
	}
}

func TestDiversions(t *testing.T) {
	t.Parallel()
	const file = "/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/x\n/usr/bin/x.real\n:\n"
	ds := ParseDiversions([]byte(file))
	if len(ds) != 2 || ds[1].By != ":" || string(FormatDiversions(ds)) != file {
		t.Errorf("diversions are %+v", ds)
	}
	if got := ParseDiversions([]byte(strings.TrimSuffix(file, ":\n"))); len(got) != 1 {
		t.Errorf("a torn file gives %+v", got)
	}
}
