package native_test

import (
	"cmp"
	"debug/elf"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/native"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/source"
	"github.com/slimify/slimify/internal/elftest"
	"github.com/slimify/slimify/internal/extracttest"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

const (
	arch = "usr/lib/x86_64-linux-gnu/"
	info = "var/lib/dpkg/info/"
)

// lib is a library as an entry of a listing.
func lib(name string, spec elftest.Spec) lt.Entry {
	return lt.File(name, string(elftest.Library(spec)))
}

// needs is a library that needs others.
func needs(name string, libraries ...string) lt.Entry {
	return lib(name, elftest.Spec{Needed: libraries})
}

// plain is a library with its name as soname.
func plain(name string) lt.Entry {
	return lib(name, elftest.Spec{Soname: name[strings.LastIndexByte(name, '/')+1:]})
}

// opener is a source that names libraries, one a line.
func opener(name string, libraries ...string) lt.Entry {
	return lt.File(name, strings.Join(libraries, "\n"))
}

// language is one whose sources are lists of libraries.
func language() evidence.Language {
	return evidence.Language{
		IsSource: func(name, _ string) bool { return strings.HasSuffix(name, ".source") },
		Scan: func(text []byte) source.Source {
			var out source.Source
			for i, name := range strings.Fields(string(text)) {
				out.Libraries = append(out.Libraries, source.Library{Name: name, Text: "open " + name, Line: i + 1})
			}
			return out
		},
		ScanLibraries: func([]byte) []source.Library { return nil },
		IsLibrary:     func(string) bool { return false },
		IsInstalled:   func(string) bool { return false },
	}
}

// ecosystems has one package manager, whose records with the name PACKAGE say which
// library its package opens: "wand" opens libwand.so*.
func ecosystems() []*ecosystem.Ecosystem {
	return []*ecosystem.Ecosystem{{Opens: func(it *selection.Item) []ecosystem.Opening {
		name, ok := strings.CutSuffix(it.Path, ".package")
		if !ok {
			return nil
		}
		return []ecosystem.Opening{{Pattern: "lib" + name[strings.LastIndexByte(name, '/')+1:] + ".so*", Text: name + " opens it"}}
	}}}
}

// family is that of an image whose lowest layer is a fat one.
var family = official.Family{InstallsRuntime: func(string) bool { return false }, FatPackages: []string{"fat"}}

// base is a base with a C library and a loader.
func base(more ...lt.Entry) []lt.Entry {
	return append([]lt.Entry{
		lt.Symlink("lib", "usr/lib"), lib(arch+"libc.so.6", elftest.Spec{Soname: "libc.so.6", DefVersions: []string{"GLIBC_2.31"}}),
		lt.File("etc/ld.so.conf.d/libc.conf", "/usr/local/lib\n"),
		lt.File("var/lib/dpkg/status", "Package: libc6\nStatus: install ok installed\nVersion: 1\n"),
	}, more...)
}

type scenario struct {
	name string
	extracttest.Images
	keep  []string        // paths that a rule keeps, beside those below app and site
	rule  *selection.Rule // the one that keeps them; nil is unowned
	needs func(s *selection.State) []ecosystem.SystemNeed
	want  string
	err   string
}

// run closes over the kept paths: all files below app and site, and those in keep.
func (sc *scenario) run(t *testing.T) (*selection.State, error) {
	t.Helper()
	if sc.Capture == nil {
		sc.Capture = evidence.NewCapturer(nil, language()).Capture
	}
	sc.Release = cmp.Or(sc.Release, "bookworm")
	s := sc.State(t)
	rule := sc.rule
	if rule == nil {
		rule = selection.Unowned
	}
	for _, it := range slices.Clone(s.Selection.Items) {
		if it.Kind == layers.File && (strings.HasPrefix(it.Path, "app/") || strings.HasPrefix(it.Path, "site/") || slices.Contains(sc.keep, it.Path)) {
			s.Selection.Claim(it.Node, selection.Reason{Rule: rule, Text: "kept"})
		}
	}
	for _, name := range sc.keep {
		n, err := s.Stack.Lookup(t.Context(), name)
		if err != nil {
			t.Fatal(name, err)
		}
		s.Selection.Need(n, selection.System, selection.Reason{Rule: rule, Text: "kept"})
	}
	s.Selection.KeepRequested()
	fat := official.FatImageOf(s.Image, &family)
	m := debian.NewMover(s, debian.OwnershipOf(s.Upper()), nil)
	var all []ecosystem.SystemNeed
	if sc.needs != nil {
		all = sc.needs(s)
	}
	return s, native.Close(t.Context(), s, m, fat, ecosystems(), all)
}

// outcome lists the paths that closing kept, with rule and reason, and the warnings.
func outcome(s *selection.State) string {
	var out []string
	items := slices.Clone(s.Selection.Items)
	slices.SortStableFunc(items, func(a, b *selection.Item) int { return cmp.Compare(a.Path, b.Path) })
	for _, it := range items {
		if it.Verdict == selection.Kept && it.Reason.Text != "kept" && it.Reason.Rule != selection.ByKeep {
			from := ""
			if it.Reason.From != "" {
				from = " [" + strings.TrimPrefix(it.Reason.From, info) + "]"
			}
			out = append(out, fmt.Sprintf("%s %s: %s%s", it.Reason.Rule, it.Path, it.Reason.Text, from))
		}
	}
	for _, w := range s.Selection.Warnings {
		out = append(out, w.Code+": "+w.Message)
	}
	return strings.Join(out, "\n")
}

func runScenarios(t *testing.T, scenarios []scenario) {
	t.Helper()
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			s, err := sc.run(t)
			if sc.err != "" {
				if err == nil || !strings.Contains(err.Error(), sc.err) {
					t.Fatalf("error %v, want one that says %q\n%s", err, sc.err, outcome(s))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(strings.TrimSpace(sc.want), outcome(s)); diff != "" {
				t.Errorf("outcome (-want +got):\n%s\ngot:\n%s", diff, outcome(s))
			}
		})
	}
}

// other is a library of another machine.
func other(name string) lt.Entry { return lib(name, elftest.Spec{Machine: elf.EM_AARCH64}) }
