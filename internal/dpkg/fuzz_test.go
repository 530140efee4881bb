package dpkg

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each package can be read again from its stanza, and fields can be removed from it.
func FuzzParseStatus(f *testing.F) {
	for _, seed := range []string{
		database,
		"Package: a\nDepends: b,\n c | d (>= 1:2~)\nProvides: e (= 3), f\nConflicts: e\n",
		"Package: x\nMulti-Arch: same\nArchitecture: amd64\nSource: y (2)\nSection: non-free/libdevel\n\n\nPackage: z\n",
	} {
		if len(ParseStatus([]byte(seed))) == 0 {
			f.Fatalf("the seed %q has no package", seed)
		}
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		packages := ParseStatus(data)
		db := NewDatabase(packages...)
		if len(db.Packages()) > len(packages) {
			t.Errorf("%d of %d packages", len(db.Packages()), len(packages))
		}
		size := 0
		for _, p := range packages {
			size += len(p.Stanza)
			if p.Name == "" || db.Package(p.Name) == nil {
				t.Errorf("package %q is not in the database", p.Name)
			}
			if diff := cmp.Diff([]*Package{p}, ParseStatus(p.Stanza)); diff != "" {
				t.Errorf("read again from its stanza (-want +got):\n%s", diff)
			}
			for _, left := range ParseStatus(p.Without("Version", "Depends")) {
				if left.Version != "" || left.Depends != nil {
					t.Errorf("the stanza still has version %q and dependencies %v", left.Version, left.Depends)
				}
			}
			name, _ := p.Source()
			if line, _, _ := strings.Cut(name, "\n"); !bytes.Contains(p.Stanza, []byte(line)) {
				t.Errorf("the source %q is not in the stanza %q", name, p.Stanza)
			}
			_, _, _ = p.InfoName(), p.BuildOnly(), db.Unmet(p)
		}
		if size > len(data)+len(packages) {
			t.Errorf("stanzas of %d bytes from %d", size, len(data))
		}
	})
}

// A relation is the same when it is written and read again.
func FuzzParseRelations(f *testing.F) {
	for _, seed := range []string{"libc6 (>= 2.14), a | b:any (<< 1:2~) [amd64]", "perl-base (= 5.36.0-7)", "x (< 1), y (> 2)"} {
		if ParseRelations(seed) == nil {
			f.Fatalf("the seed %q has no relation", seed)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, field string) {
		for _, group := range ParseRelations(field) {
			for _, r := range group {
				if r.Name == "" {
					t.Errorf("%q has a relation to nothing", field)
				}
				if r.Op == "" {
					r.Version = "" // it is not written
				}
				if diff := cmp.Diff(Relations{{r}}, ParseRelations(r.String())); diff != "" {
					t.Errorf("%q read again (-want +got):\n%s", r, diff)
				}
				r.admits("1:2.3-4")
			}
		}
	})
}

// A group of alternatives is the same when it is written and read again.
func FuzzParseGroup(f *testing.F) {
	for _, seed := range []string{
		"manual\n/usr/bin/editor\neditor.1.gz\n/usr/share/man/man1/editor.1.gz\n\n/bin/nano\n40\n/usr/share/man/man1/nano.1.gz\n/usr/bin/vim.tiny\n15\n\n\n",
		"auto\n/usr/bin/awk\n\n/usr/bin/mawk\n5\n/usr/bin/gawk\n-10\n\n",
	} {
		if g, err := ParseGroup("seed", []byte(seed)); err != nil || len(g.Choices) != 2 {
			f.Fatalf("the seed %q has not two choices: %v", seed, err)
		}
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := ParseGroup("x", data)
		if err != nil {
			return
		}
		again, err := ParseGroup("x", g.Format())
		if diff := cmp.Diff(g, again); err != nil || diff != "" {
			t.Fatalf("read again: %v (-want +got):\n%s", err, diff)
		}
		if len(g.Choices) == 0 {
			return
		}
		first := g.Choices[0].Path
		if best := g.Best(first); g.Manual && best.Path != first {
			t.Errorf("the administrator chose %q, and the best is %q", first, best.Path)
		}
		if only := g.Only(first, func(name string) bool { return name == first }); only == nil || only.Best(first).Path != first {
			t.Errorf("with %q alone the group is %+v", first, only)
		}
	})
}

// Complete diversions are written as they were read.
func FuzzParseDiversions(f *testing.F) {
	const seed = "/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/x\n/usr/bin/x.real\n:\n"
	if len(ParseDiversions([]byte(seed))) != 2 {
		f.Fatal("the seed has not two diversions")
	}
	f.Add([]byte(seed))
	f.Add([]byte("/a\n/b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		diversions := ParseDiversions(data)
		if written := FormatDiversions(diversions); !bytes.HasPrefix(append(data, '\n'), written) {
			t.Errorf("%q became %q", data, written)
		}
		if diff := cmp.Diff(diversions, ParseDiversions(FormatDiversions(diversions))); diff != "" {
			t.Errorf("read again (-want +got):\n%s", diff)
		}
	})
}

// Whatever a configuration holds, the last filter that matches decides.
func FuzzFilter(f *testing.F) {
	const seed = "# slim\npath-exclude=/usr/share/doc/*\npath-include /usr/share/doc/*/copyright\npath-exclude=\"/usr/share/man/*\"\n"
	var filter Filter
	if filter.Add([]byte(seed)); len(filter) != 3 {
		f.Fatalf("the seed has %d filters", len(filter))
	}
	f.Add([]byte(seed), "/usr/share/doc/x/README")
	f.Add([]byte("path-exclude=[a-\\"), "/a")
	f.Fuzz(func(t *testing.T, config []byte, name string) {
		var filter Filter
		filter.Add(config)
		filter.Excludes(name)
		for line, want := range map[string]bool{"\npath-exclude=*\n": true, "\npath-include=*\n": false} {
			last := append(Filter{}, filter...)
			if last.Add([]byte(line)); last.Excludes(name) != want {
				t.Errorf("after %q %q is excluded: %v", line, name, !want)
			}
		}
	})
}
