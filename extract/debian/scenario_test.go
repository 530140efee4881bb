package debian_test

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/extracttest"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

const (
	info = "var/lib/dpkg/info/"
	dpkg = "var/lib/dpkg/"
)

// status is a status database: each package is its name, and fields.
func status(packages ...string) lt.Entry {
	return lt.File(dpkg+"status", stanzas(packages...))
}

func stanzas(packages ...string) string {
	var b strings.Builder
	for _, p := range packages {
		name, fields, _ := strings.Cut(p, "\n")
		b.WriteString("Package: " + name + "\nStatus: install ok installed\n" + strings.TrimSpace(fields+"\nVersion: 1") + "\n\n")
	}
	return b.String()
}

// list is dpkg's list of a package's files.
func list(pkg string, paths ...string) lt.Entry {
	return lt.File(info+pkg+".list", strings.Join(paths, "\n")+"\n")
}

// files are empty files.
func files(names ...string) (out []lt.Entry) {
	for _, name := range names {
		out = append(out, lt.File(name, ""))
	}
	return out
}

// automatic is apt's record of packages that it installed for others' sake.
func automatic(packages ...string) lt.Entry {
	var b strings.Builder
	for _, p := range packages {
		b.WriteString("Package: " + p + "\nArchitecture: amd64\nAuto-Installed: 1\n\n")
	}
	return lt.File("var/lib/apt/extended_states", b.String())
}

// user is one layer of the user's.
func user(entries ...lt.Entry) []extracttest.Layer {
	return []extracttest.Layer{extracttest.Run("x", entries...)}
}

// scenario is a run of the package's part in a selection.
type scenario struct {
	name string
	extracttest.Images
	fatBase []string // packages of the fat image below
	unowned []string // what the rule "unowned" keeps
	copied  []string // what the rule "copied" keeps
	needs   []string // paths of FAT that something kept needs, in order
	alone   []string // paths of FAT that are kept without their package
	want    string   // see outcome
	err     string
}

func (sc *scenario) state(t *testing.T) (*selection.State, *debian.Mover) {
	t.Helper()
	s := sc.State(t)
	fatBase := make(map[string]bool)
	for _, name := range sc.fatBase {
		fatBase[name] = true
	}
	return s, debian.NewMover(s, debian.OwnershipOf(s.Upper()), fatBase)
}

func (sc *scenario) run(t *testing.T) (*selection.State, error) {
	t.Helper()
	s, m := sc.state(t)
	claims := func(r *selection.Rule) selection.ClaimFunc {
		return func(n *layers.Node, text, from string) {
			s.Selection.Claim(n, selection.Reason{Rule: r, Text: text, From: from})
		}
	}
	debian.ClaimDatabase(s, claims(selection.DpkgDatabase))
	debian.ClaimEdited(s, debian.OwnershipOf(s.Upper()), claims(selection.Edited))
	m.ClaimUnneeded(claims(selection.Debian))
	for _, name := range slices.Concat(sc.copied, sc.unowned) {
		n, err := s.Upper().Lookup(name)
		if err != nil {
			t.Fatal(name, err)
		}
		if slices.Contains(sc.copied, name) {
			claims(selection.Copied)(n, "copied", "")
		}
		claims(selection.Unowned)(n, "nobody owns it", "")
	}
	s.Selection.KeepRequested()
	if err := m.MoveRequested(t.Context()); err != nil {
		return s, err
	}
	for _, name := range slices.Concat(sc.alone, sc.needs) {
		n, err := s.Stack.Lookup(t.Context(), name)
		if err != nil {
			t.Fatal(name, err)
		}
		it := m.Keep(n, selection.Reason{Rule: selection.Needed, Text: "needed"})
		if it == nil || slices.Contains(sc.alone, name) {
			continue
		}
		if err := m.MoveOwner(t.Context(), it); err != nil {
			return s, err
		}
	}
	return s, m.Finish(t.Context())
}

// short writes stanzas on one line, without what all of them have.
var short = strings.NewReplacer("Package: ", "", "\nStatus: install ok installed", "", "\nVersion: 1", "", "\n\n", "; ", "\n", ", ")

// outcome lists what is decided: "+" paths are kept, "-" dropped, "=" made, and then
// packages, "?" being those that dpkg does not know. The rest of FAT's dpkg database is
// dropped, and not listed.
func outcome(s *selection.State) string {
	var out []string
	add := func(format string, args ...any) {
		out = append(out, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
	items := slices.Clone(s.Selection.Items)
	slices.SortStableFunc(items, func(a, b *selection.Item) int { return cmp.Compare(a.Path, b.Path) })
	for _, it := range items {
		text := it.Reason.Text
		if it.Reason.From != "" {
			text += " [" + strings.TrimPrefix(it.Reason.From, info) + "]"
		}
		if it.To != "" {
			text = "(as " + it.To + ") " + text
		}
		switch {
		case it.Verdict == selection.Kept:
			add("+ %s: %s", it.Path, text)
		case it.Verdict == selection.Dropped && it.Reason.Rule != selection.DpkgDatabase:
			add("- %s: %s", it.Path, text)
		}
	}
	for _, g := range s.Selection.Generated {
		age := ""
		if d := g.Entry.ModTime - lt.Epoch.Unix(); d != 0 && g.Entry.ModTime != 0 {
			age = fmt.Sprintf(" after %d s", d)
		}
		content := fmt.Sprintf("%q", g.Content)
		if g.Entry.Name == dpkg+"status" {
			content = short.Replace(string(g.Content))
		}
		if g.Entry.Kind == layers.Symlink {
			content = "-> " + g.Entry.Link
		}
		add("= %s %o%s: %s", g.Entry.Name, g.Entry.Mode, age, content)
	}
	for _, p := range s.Selection.Packages {
		known := ""
		if !p.Known {
			known = "? " + p.Unmet + ";"
		}
		add("package %s %s%s %d files, %d bytes: %s", p.Name, p.Version, known, p.Files, p.Bytes, p.Why.Text)
	}
	for _, w := range s.Selection.Warnings {
		add("warning %s: %s", w.Code, w.Message)
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
					t.Fatalf("error %v, want one that says %q", err, sc.err)
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

// onlyDpkg is a capture of dpkg's own files.
func onlyDpkg(e *layers.Entry, content io.Reader) ([]byte, error) {
	if !strings.HasPrefix(e.Name, dpkg) && !strings.HasPrefix(e.Name, "etc/dpkg/") {
		return nil, nil
	}
	return io.ReadAll(content)
}

// slim is a base with a few packages (libc6 if none is named), a merged /usr and a filter
// for documentation.
func slim(packages ...string) []lt.Entry {
	if len(packages) == 0 {
		packages = []string{"libc6"}
	}
	return []lt.Entry{
		lt.Dir("usr"), lt.Dir("usr/bin"), lt.Dir("usr/lib"), lt.Dir("usr/share"), lt.Symlink("bin", "usr/bin"), lt.Symlink("lib", "usr/lib"),
		lt.File("etc/dpkg/dpkg.cfg.d/docker", "path-exclude=/usr/share/doc/*\npath-include=/usr/share/doc/*/copyright\n"),
		status(packages...),
	}
}
