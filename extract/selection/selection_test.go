package selection_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// The attributes of rules decide what images hold.
func TestRules(t *testing.T) {
	t.Parallel()
	rules := []*selection.Rule{
		selection.ByKeep, selection.ByDrop, selection.Special, selection.DpkgDatabase, selection.LoaderCache,
		selection.Accounts, selection.Command, selection.Needs, selection.Workdir, selection.Directory, selection.Copied, selection.Variable, selection.Edited,
		selection.Debian, selection.Caches, selection.Unowned, selection.NoRule,
		selection.LinkTarget, selection.Shebang, selection.Needed, selection.Opened, selection.Attribution, selection.ParentDir, selection.Emptied,
		selection.OriginalBase, selection.OfBase, selection.History, selection.Replaced, selection.Removed, selection.ReusedLayer,
	}
	for _, c := range []struct {
		attribute string
		has       func(*selection.Rule) bool
		want      []*selection.Rule
	}{
		{"keeps", func(r *selection.Rule) bool { return r.Verdict == selection.Kept }, []*selection.Rule{
			selection.Accounts, selection.Command, selection.Needs, selection.Workdir, selection.Directory, selection.Copied, selection.Variable, selection.Edited, selection.Unowned,
		}},
		{"drops", func(r *selection.Rule) bool { return r.Verdict == selection.Dropped }, []*selection.Rule{
			selection.Special, selection.DpkgDatabase, selection.LoaderCache, selection.Debian, selection.Caches, selection.NoRule,
		}},
		{"the application's", func(r *selection.Rule) bool { return r.Part == selection.Application }, []*selection.Rule{
			selection.Command, selection.Workdir, selection.Copied,
		}},
		{"the dependencies'", func(r *selection.Rule) bool { return r.Part == selection.Dependencies }, nil},
		{"final", func(r *selection.Rule) bool { return r.Final }, []*selection.Rule{
			selection.ByDrop, selection.Special, selection.DpkgDatabase, selection.LoaderCache,
		}},
		{"by content", func(r *selection.Rule) bool { return r.ByContent }, []*selection.Rule{selection.Unowned}},
		{"on evidence", func(r *selection.Rule) bool { return r.OnEvidence }, []*selection.Rule{selection.Command, selection.Needs}},
		{"whole package", func(r *selection.Rule) bool { return r.WholePackage }, []*selection.Rule{
			selection.Command, selection.Needs, selection.Variable, selection.LinkTarget, selection.Shebang,
		}},
		{"origin", func(r *selection.Rule) bool { return r.Origin }, []*selection.Rule{selection.ByKeep, selection.ByDrop, selection.Copied}},
		{"packaged", func(r *selection.Rule) bool { return r.Packaged }, []*selection.Rule{selection.Debian}},
		{"derived", func(r *selection.Rule) bool { return r.Derived }, nil},
		{"runtime", func(r *selection.Rule) bool { return r.Runtime }, nil},
		{"unused", func(r *selection.Rule) bool { return r.Unused }, []*selection.Rule{selection.Caches, selection.Emptied}},
	} {
		for _, r := range rules {
			if got, want := c.has(r), slices.Contains(c.want, r); got != want {
				t.Errorf("%s: %s is %t, want %t", c.attribute, r, got, want)
			}
		}
	}
	source, err := os.ReadFile("rule.go")
	if n := strings.Count(string(source), "= &Rule{"); err != nil || n != len(rules) {
		t.Errorf("%d rules of %d are tested, %v", len(rules), n, err)
	}
	names := make(map[string]bool)
	for _, r := range rules {
		if r.Name == "" || names[r.Name] {
			t.Errorf("two rules are named %q", r)
		}
		names[r.Name] = true
	}
}

// What rules leave of a directory goes by what it holds.
func TestSettleDirectories(t *testing.T) {
	t.Parallel()
	area := &selection.Rule{Name: "area", Verdict: selection.Kept, ByContent: true}
	for _, c := range []struct {
		name    string
		listing []lt.Entry
		claims  string // "PATH:RULE", separated by spaces; nobody speaks for the rest
		want    string // of the directory "d"
	}{
		{"nobody speaks for an empty one", []lt.Entry{lt.Dir("d")}, "", "undecided"},
		{"nobody speaks for what it holds", []lt.Entry{lt.Dir("d"), lt.File("d/f", "")}, "", "dropped system (emptied)"},
		{"it holds something kept", []lt.Entry{lt.Dir("d"), lt.File("d/f", "")}, "d/f:claim", "kept system (parent)"},
		{"it holds something kept further down", []lt.Entry{lt.Dir("d"), lt.Dir("d/e"), lt.File("d/e/f", "")}, "d/e/f:claim", "kept system (parent)"},
		{"it holds something kept and something left", []lt.Entry{lt.Dir("d"), lt.File("d/f", ""), lt.File("d/g", "")}, "d/f:claim d/g:leave", "kept system (parent)"},
		{"it holds something kept in a directory without a header", []lt.Entry{lt.Dir("d"), lt.File("d/e/f", "")}, "d/e/f:claim", "kept system (parent)"},
		{"it holds something left further down", []lt.Entry{lt.Dir("d"), lt.Dir("d/e"), lt.File("d/e/f", "")}, "d/e/f:leave", "dropped system (emptied)"},
		{"it holds something left", []lt.Entry{lt.Dir("d"), lt.File("d/f", "")}, "d/f:leave", "dropped system (emptied)"},
		{"left with something kept", []lt.Entry{lt.Dir("d"), lt.File("d/f", "")}, "d:leave d/f:claim", "kept dependencies (parent)"},
		{"left with something left", []lt.Entry{lt.Dir("d"), lt.File("d/f", "")}, "d:leave d/f:leave", "dropped dependencies (leave)"},
		{"left empty", []lt.Entry{lt.Dir("d")}, "d:leave", "dropped dependencies (leave)"},
		{"kept with something left", []lt.Entry{lt.Dir("d"), lt.File("d/f", "")}, "d:claim d/f:leave", "kept application (claim)"},
		{"kept caches", []lt.Entry{lt.Dir("d"), lt.File("d/f", ""), lt.Dir("d/cache"), lt.File("d/cache/x", "")}, "d:leave d/cache:claim d/cache/x:leave", "kept dependencies (parent)"},

		{"an area that holds something kept", []lt.Entry{lt.Dir("d"), lt.File("d/f", "")}, "d:area d/f:claim", "kept system (area)"},
		{"an area of what is left", []lt.Entry{lt.Dir("d"), lt.File("d/f", "")}, "d:area d/f:leave", "dropped system (emptied)"},
		{"an empty area", []lt.Entry{lt.Dir("d")}, "d:area", "kept system (area)"},
		{"an area of an empty area", []lt.Entry{lt.Dir("d"), lt.Dir("d/e")}, "d:area d/e:area", "kept system (area)"},
		{"an area of a kept directory", []lt.Entry{lt.Dir("d"), lt.Dir("d/e"), lt.File("d/e/f", "")}, "d:area d/e:claim d/e/f:leave", "kept system (area)"},
		{"an area of another user", []lt.Entry{lt.Dir("d").Chown(7, 0), lt.File("d/f", "")}, "d:area d/f:leave", "kept system (area)"},
		{"an area of another group", []lt.Entry{lt.Dir("d").Chown(0, 7), lt.File("d/f", "")}, "d:area d/f:leave", "kept system (area)"},
		{"an area with a mode of its own", []lt.Entry{lt.Dir("d").Chmod(0o1777), lt.File("d/f", "")}, "d:area d/f:leave", "kept system (area)"},
		{"an area in an area of another user", []lt.Entry{lt.Dir("d"), lt.Dir("d/e").Chown(7, 7), lt.File("d/e/f", "")}, "d:area d/e:area d/e/f:leave", "kept system (area)"},
		{"another user's, for whom nobody speaks", []lt.Entry{lt.Dir("d").Chown(7, 7), lt.File("d/f", "")}, "d/f:leave", "dropped system (emptied)"},
	} {
		tree := lt.Tree(0, c.listing)
		s := selection.NewSelection(tree, nil)
		claimAll(t, s, tree, area, c.claims)
		s.SettleDirectories(tree.Root(), func(string) bool { return false })
		n, err := tree.Lookup("d")
		if err != nil {
			t.Fatal(err)
		}
		if got := describe(s.Item(n)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// claimAll lets rules claim paths.
func claimAll(t *testing.T, s *selection.Selection, tree *layers.Tree, area *selection.Rule, claims string) {
	t.Helper()
	for _, c := range strings.Fields(claims) {
		name, rule, _ := strings.Cut(c, ":")
		n, err := tree.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		s.Claim(n, selection.Reason{Rule: map[string]*selection.Rule{"area": area, "claim": claim, "leave": leave}[rule]})
	}
}

// A directory of caches, whoever owns it, is of no use when it was emptied.
func TestSettleCaches(t *testing.T) {
	t.Parallel()
	area := &selection.Rule{Name: "area", Verdict: selection.Kept, ByContent: true}
	tree := lt.Tree(0, []lt.Entry{
		lt.Dir("empty").Chown(7, 7), lt.Dir("full").Chown(7, 7), lt.File("full/f", ""), lt.Dir("used").Chown(7, 7), lt.File("used/f", ""),
		lt.Dir("other").Chown(7, 7), lt.File("other/f", ""), lt.Symlink("link", "used"),
	})
	s := selection.NewSelection(tree, nil)
	claimAll(t, s, tree, area, "empty:area full:area full/f:leave used:area used/f:claim other:area other/f:leave link:leave")
	s.SettleDirectories(tree.Root(), func(name string) bool { return name != "other" })
	want := []string{
		"empty: kept system (area)", "full: dropped system (emptied)", "full/f: dropped dependencies (leave)", "link: dropped dependencies (leave)",
		"other: kept system (area)", "other/f: dropped dependencies (leave)", "used: kept system (area)", "used/f: kept application (claim)",
	}
	if diff := cmp.Diff(want, paths(s)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDropRest(t *testing.T) {
	t.Parallel()
	tree := lt.Tree(0, []lt.Entry{lt.File("claimed", ""), lt.File("left", ""), lt.File("rest", "")})
	s := selection.NewSelection(tree, nil)
	claimAll(t, s, tree, nil, "claimed:claim left:leave")
	s.DropRest(selection.Reason{Rule: afterwards})
	want := []string{"claimed: kept application (claim)", "left: dropped dependencies (leave)", "rest: dropped system (afterwards)"}
	if diff := cmp.Diff(want, paths(s)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMarkInBase(t *testing.T) {
	t.Parallel()
	tree := lt.Tree(1, []lt.Entry{
		lt.File("changed", "1"), lt.File("dropped", ""), lt.File("moved", ""), lt.File("new", ""), lt.File("same", ""), lt.File("touched", "").MTime(1),
	})
	s := selection.NewSelection(tree, said("-dropped"))
	claimAll(t, s, tree, nil, "changed:claim new:claim same:claim touched:claim")
	moved, _ := tree.Lookup("moved")
	s.Place(moved, "usr/moved", selection.Reason{Rule: packaged})
	s.MarkInBase(lt.Tree(0, []lt.Entry{lt.File("changed", "2"), lt.File("dropped", ""), lt.File("moved", ""), lt.File("same", ""), lt.File("touched", "")}))
	want := []string{
		"changed: kept application (claim)", "dropped: in the base system (--drop)", "moved: kept system (package)",
		"new: kept application (claim)", "same: in the base application (claim)", "touched: kept application (claim)",
	}
	if diff := cmp.Diff(want, paths(s)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestReuse(t *testing.T) {
	t.Parallel()
	s, it := decide("leave")
	it.Reason.Text, it.Reason.From = "a cache", "tmp"
	below := lt.Tree(0, nil)
	s.Reuse([]int{2, 5}, []*selection.Item{it}, func() *layers.Tree { return below })
	if got := describe(it); got != "kept dependencies (reused-layer)" || it.Reason.Text != "in a reused layer; otherwise dropped: a cache" || it.Reason.From != "tmp" {
		t.Errorf("%s: %+v", got, it.Reason)
	}
	if !slices.Equal(s.Reused, []int{2, 5}) || s.Below() != below {
		t.Errorf("layers %v", s.Reused)
	}
}

func TestDroppedByUser(t *testing.T) {
	t.Parallel()
	for decided, want := range map[string]bool{"--drop": true, "--drop package": true, "--keep": false, "leave": false, "final": false, "claim": false, "": false} {
		if s, it := decide(decided); s.DroppedByUser(it.Node) != want {
			t.Errorf("%q: %t, want %t", decided, !want, want)
		}
	}
	s, _ := decide("--drop")
	if n, _ := lt.Tree(0, []lt.Entry{lt.File("f", "")}).Lookup("f"); s.DroppedByUser(n) {
		t.Error("a node of another tree is dropped")
	}
}

// A file that is made replaces one of its name, unless the user drops it.
func TestGenerate(t *testing.T) {
	t.Parallel()
	generate := func(user selection.UserVerdict) []string {
		s := selection.NewSelection(lt.Tree(0, nil), user)
		for _, g := range []string{"a:1", "b:2", "a:3"} {
			name, content, _ := strings.Cut(g, ":")
			s.Generate(selection.Generated{Entry: layers.Entry{Name: name}, Content: []byte(content)})
		}
		var out []string
		for _, g := range s.Generated {
			out = append(out, g.Entry.Name+":"+string(g.Content))
		}
		return out
	}
	for name, c := range map[string]struct {
		user selection.UserVerdict
		want []string
	}{
		"nothing said": {nil, []string{"b:2", "a:3"}},
		"one kept":     {said("+a"), []string{"b:2", "a:3"}},
		"one dropped":  {said("-a"), []string{"b:2"}},
	} {
		if diff := cmp.Diff(c.want, generate(c.user)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

// Items have the order of the tree, each once; directories without a header have none.
func TestNewSelection(t *testing.T) {
	t.Parallel()
	tree := lt.Tree(0, []lt.Entry{lt.File("srv/b", ""), lt.Dir("srv/a"), lt.File("srv/a/f", "")})
	s := selection.NewSelection(tree, nil)
	tree.Walk(func(n *layers.Node) bool {
		it := s.Item(n)
		if (it == nil) != n.Implied || it != nil && (it.Node != n || s.Add(n) != it) {
			t.Errorf("%s: %+v", n.Path(), it)
		}
		return true
	})
	if diff := cmp.Diff([]string{"srv/a: undecided", "srv/a/f: undecided", "srv/b: undecided"}, paths(s)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestBy(t *testing.T) {
	t.Parallel()
	node := new(layers.Node)
	d := selection.By(claim, func(c selection.ClaimFunc) { c(node, "text", "from") })
	called := false
	err := d.Claim(t.Context(), func(n *layers.Node, text, from string) {
		called = n == node && text == "text" && from == "from"
	})
	if err != nil || !called || d.Rule != claim {
		t.Errorf("%v, called %t, %v", err, called, d.Rule)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	var parts []string
	for _, p := range selection.Parts() {
		parts = append(parts, p.String())
	}
	if diff := cmp.Diff([]string{"system", "dependencies", "application"}, parts); diff != "" {
		t.Errorf("parts, lowest first: (-want +got)\n%s", diff)
	}
	for label, d := range map[string]selection.Distribution{"flask 2.3": {Name: "flask", Version: "2.3"}, "flask": {Name: "flask"}} {
		if d.Label() != label {
			t.Errorf("%q, want %q", d.Label(), label)
		}
	}
	for text, r := range map[string]selection.Runtime{"python 3.12.4": {Name: "python", Version: "3.12.4"}, "python": {Name: "python"}, "": {}} {
		if r.String() != text || selection.ParseRuntime(text) != r {
			t.Errorf("%q, want %q; it reads as %q", r, text, selection.ParseRuntime(text))
		}
	}
	s := new(selection.Selection)
	s.Warn("code", "%d files", 2)
	if diff := cmp.Diff([]selection.Warning{{Code: "code", Message: "2 files"}}, s.Warnings); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	in := &selection.Image{Stack: &layers.Stack{Upper: layers.NewTree()}}
	if in.Upper() != in.Stack.Upper {
		t.Error("the user's layers are not the stack's upper ones")
	}
}

func TestParsePattern(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text             string
		glob, deb, dist  string
		invalid          string
		covers, leavesTo []string
	}{
		{text: "deb:git", deb: "git"},
		{text: "dist:flask", dist: "flask"},
		{text: "deb:", invalid: "give an absolute path"},
		{text: "dist:", invalid: "give an absolute path"},
		{text: "", invalid: "give an absolute path"},
		{text: "/", invalid: "give an absolute path"},
		{text: "srv/data", invalid: "give an absolute path"},
		{text: "/srv/[a", invalid: "malformed glob"},
		{text: "/srv", glob: "srv", covers: []string{"srv", "srv/a", "srv/a/b"}, leavesTo: []string{"srv2", "opt", "opt/srv", "sr"}},
		{text: "/srv/", glob: "srv", covers: []string{"srv", "srv/a"}},
		{text: "/srv/*.py", glob: "srv/*.py", covers: []string{"srv/a.py", "srv/a.py/b"}, leavesTo: []string{"srv", "srv/a.pyc", "srv/b/a.py"}},
		{text: "/srv/**", glob: "srv/**", covers: []string{"srv", "srv/a", "srv/a/b"}, leavesTo: []string{"opt"}},
		{text: "/**/x", glob: "**/x", covers: []string{"x", "srv/x", "srv/a/x/y"}, leavesTo: []string{"srv/a"}},
	} {
		p, err := selection.ParsePattern(c.text)
		if c.invalid != "" {
			if err == nil || !strings.Contains(err.Error(), c.invalid) {
				t.Errorf("%q: %v, %v", c.text, p, err)
			}
			continue
		}
		if want := (selection.Pattern{Text: c.text, Glob: c.glob, Deb: c.deb, Dist: c.dist}); err != nil || p != want || p.String() != c.text {
			t.Errorf("%q: %+v, %v", c.text, p, err)
		}
		for _, name := range c.covers {
			if !p.MatchPath(name) {
				t.Errorf("%s does not cover %s", p, name)
			}
		}
		for _, name := range append(c.leavesTo, "") {
			if p.MatchPath(name) {
				t.Errorf("%s covers %q", p, name)
			}
		}
	}
	if (selection.Pattern{Deb: "git"}).MatchPath("git") {
		t.Error("the name of a package covers a path")
	}
	var err error = &selection.UnmatchedPatternError{Flag: "keep", Pattern: "/x"}
	var unmatched *selection.UnmatchedPatternError
	if !errors.As(err, &unmatched) || err.Error() != "--keep /x matches nothing in the image" {
		t.Error(err)
	}
}
