package view_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/view"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

var (
	claim = &selection.Rule{Name: "claim", Verdict: selection.Kept}
	area  = &selection.Rule{Name: "area", Verdict: selection.Kept, ByContent: true}
	leave = &selection.Rule{Name: "leave", Verdict: selection.Dropped}
)

// baseLayer numbers the base's layer, apart from those of FAT: layer 0 is cold, the
// user's begin with layer 1.
const baseLayer = 10

var errCold = errors.New("the cold layer was opened")

// state is a selection about which nothing is decided. Without a cold layer it is an
// error to open it.
func state(t *testing.T, base, cold, user []lt.Entry) *selection.State {
	t.Helper()
	stack, err := layers.NewStack(1,
		func(tree *layers.Tree) error {
			return errors.Join(tree.Assume("bin", "usr/bin"), tree.Assume("lib", "usr/lib"))
		},
		func(context.Context, int) (*layers.Table, error) {
			if cold == nil {
				return nil, errCold
			}
			return lt.Table(cold...), nil
		})
	if err != nil {
		t.Fatal(err)
	}
	if err := stack.Upper.Apply(1, lt.Table(user...)); err != nil {
		t.Fatal(err)
	}
	return &selection.State{
		Image: &selection.Image{Stack: stack}, Base: &selection.Base{Tree: lt.Tree(baseLayer, base)},
		Selection: selection.NewSelection(stack.Upper, nil),
	}
}

// decide lets a rule claim paths of FAT, separated by spaces.
func decide(t *testing.T, s *selection.State, r *selection.Rule, names string) {
	t.Helper()
	for _, name := range strings.Fields(names) {
		n, err := s.Upper().Lookup(name)
		if err != nil {
			if n, err = s.Stack.Lookup(t.Context(), name); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		s.Selection.Claim(n, selection.Reason{Rule: r})
	}
}

func describe(n *layers.Node) string {
	switch {
	case n == nil:
		return "nothing"
	case n.Implied:
		return "implied " + n.Kind.String()
	case n.Pos.Layer == baseLayer:
		return "base's " + n.Path()
	case n.Pos.Layer == 0:
		return "cold " + n.Path()
	}
	return "user's " + n.Path()
}

// What stands at a path of SLIM, and what it leads to.
func TestView(t *testing.T) {
	t.Parallel()
	s := state(t, []lt.Entry{ // the base
		lt.Symlink("bin", "usr/bin"), lt.Dir("etc"), lt.File("etc/conf", ""), lt.File("etc/gone", ""), lt.File("etc/stays", ""),
		lt.Symlink("etc/vi", "../usr/bin/vim"), lt.Dir("usr"), lt.Dir("usr/bin"), lt.File("usr/bin/vim", ""), lt.Symlink("usr/bin/vi", "/etc/vi"),
		lt.File("usr/bin/goes", ""), lt.Symlink("loop", "loop"), lt.File("changes", ""), lt.File("remains", ""), lt.Dir("var"), lt.File("var/was-file", ""),
		lt.Dir("usr/share"), lt.File("usr/share/doc", ""), lt.Dir("was-dir"), lt.File("was-dir/f", ""),
	}, []lt.Entry{ // the cold layer
		lt.File("usr/lib/git/git", ""), lt.File("usr/share/left", ""), lt.File("usr/share/doc/git", ""), lt.File("usr/bin/goes", "cold"), lt.File("etc/stays", "cold"),
	}, []lt.Entry{ // the user's
		lt.File("etc/conf", "user"), lt.File("etc/left", ""), lt.File("etc/stays", "user"),
		lt.Dir("srv"), lt.File("srv/kept", ""), lt.File("srv/left", ""),
		lt.Symlink("srv/link", "kept"), lt.Symlink("srv/absolute", "/usr/bin/vi"), lt.Symlink("srv/up", "../etc/conf"), lt.Symlink("srv/dangling", "left"),
		lt.Symlink("srv/left-link", "kept"), lt.Symlink("srv/dir", "/usr"), lt.Symlink("srv/into-file", "kept/x"), lt.Symlink("srv/d/up", ".."),
		lt.Dir("empty"), lt.Dir("left"), lt.File("left/f", ""), lt.Dir("area"), lt.File("area/left", ""), lt.File("headerless/d/f", ""),
		lt.Dir("changes"), lt.File("changes/f", ""), lt.Dir("remains"), lt.File("remains/f", ""), lt.File("was-dir", ""),
	})
	decide(t, s, claim, "etc/conf srv srv/kept srv/link srv/absolute srv/up srv/dangling srv/dir srv/into-file srv/d/up empty headerless/d/f changes changes/f was-dir")
	decide(t, s, area, "area")
	decide(t, s, leave, "area/left etc/left etc/stays srv/left srv/left-link left left/f remains remains/f")
	for _, name := range []string{"usr/lib/git/git", "usr/share/doc/git", "usr/bin/goes"} {
		n, err := s.Stack.Lookup(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		s.Selection.Claim(n, selection.Reason{Rule: claim})
	}
	n, err := s.Stack.Lookup(t.Context(), "usr/share/left")
	if err != nil {
		t.Fatal(err)
	}
	s.Selection.Claim(n, selection.Reason{Rule: leave})
	s.Selection.Removals = []selection.Removal{{Path: "etc/gone"}}
	v := view.New(s)
	for _, c := range []struct{ path, stands, leads string }{
		{"etc", "base's etc", "base's etc"},
		{"etc/conf", "user's etc/conf", "user's etc/conf"},
		{"etc/gone", "nothing", "nothing"},
		{"etc/left", "nothing", "nothing"},
		{"etc/stays", "base's etc/stays", "base's etc/stays"},
		{"etc/vi", "base's etc/vi", "base's usr/bin/vim"},
		{"nowhere", "nothing", "nothing"},
		{"loop", "base's loop", "nothing"},

		{"srv", "user's srv", "user's srv"},
		{"srv/kept", "user's srv/kept", "user's srv/kept"},
		{"srv/left", "nothing", "nothing"},
		{"srv/link", "user's srv/link", "user's srv/kept"},
		{"srv/absolute", "user's srv/absolute", "base's usr/bin/vim"},
		{"srv/up", "user's srv/up", "user's etc/conf"},
		{"srv/dangling", "user's srv/dangling", "nothing"},
		{"srv/left-link", "nothing", "nothing"},
		{"srv/into-file", "user's srv/into-file", "nothing"},

		{"bin", "implied symlink", "base's usr/bin"},
		{"lib", "implied symlink", "implied directory"},
		{"empty", "user's empty", "user's empty"},
		{"left", "nothing", "nothing"},
		{"area", "nothing", "nothing"},
		{"headerless", "implied directory", "implied directory"},
		{"headerless/d/f", "user's headerless/d/f", "user's headerless/d/f"},
		{"changes", "user's changes", "user's changes"},
		{"remains", "base's remains", "base's remains"},
		{"was-dir", "user's was-dir", "user's was-dir"},

		{"usr", "base's usr", "base's usr"},
		{"usr/lib", "implied directory", "implied directory"},
		{"usr/lib/git", "implied directory", "implied directory"},
		{"usr/lib/git/git", "cold usr/lib/git/git", "cold usr/lib/git/git"},
		{"usr/share", "base's usr/share", "base's usr/share"},
		{"usr/share/left", "nothing", "nothing"},
		{"usr/bin/goes", "cold usr/bin/goes", "cold usr/bin/goes"},
	} {
		if got := describe(v.LookupInSlim(c.path)); got != c.stands {
			t.Errorf("at %s stands %s, want %s", c.path, got, c.stands)
		}
		if got := describe(v.InSlim("/" + c.path)); got != c.leads {
			t.Errorf("%s leads to %s, want %s", c.path, got, c.leads)
		}
	}
	for path, want := range map[string]string{
		"/srv/dir/bin/..":        "base's usr",
		"/srv/d/up":              "user's srv",
		"/etc/../srv/./kept":     "user's srv/kept",
		"/bin/vi":                "base's usr/bin/vim",
		"/lib/git/git":           "cold usr/lib/git/git",
		"/srv/dir/bin/vi":        "base's usr/bin/vim",
		"/srv/dir/lib/git":       "implied directory",
		"/srv/kept/x":            "nothing", // a file on the way
		"/srv/link/x":            "nothing",
		"/srv/link/../kept":      "nothing",
		"/usr/bin/vi/..":         "nothing",
		"/usr/lib/git/git/x":     "nothing",
		"/srv/dir/../etc/conf":   "user's etc/conf",
		"/nowhere/../etc/conf":   "nothing",
		"/headerless/d/../d/f":   "user's headerless/d/f",
		"/usr/../../srv/../../x": "nothing",
	} {
		if got := describe(v.InSlim(path)); got != want {
			t.Errorf("%s leads to %s, want %s", path, got, want)
		}
	}
	for _, path := range []string{"/", "..", "/.", "/etc/.."} {
		if got := v.InSlim(path); got != s.Base.Tree.Root() {
			t.Errorf("%s leads to %s", path, describe(got))
		}
	}
}

// A directory that only cold paths imply does not replace what the base has there.
func TestAddCold(t *testing.T) {
	t.Parallel()
	cold := []lt.Entry{lt.Dir("usr/lib/a").Chmod(0o700), lt.File("usr/lib/a/b/f", ""), lt.File("usr/lib/c/f", "")}
	s := state(t, []lt.Entry{lt.Dir("usr/lib"), lt.Symlink("usr/lib/c", "d"), lt.Dir("usr/lib/d"), lt.File("usr/lib/d/f", "")}, cold, nil)
	v := view.New(s)
	if got := describe(v.LookupInSlim("usr/lib/a")); got != "nothing" {
		t.Errorf("before: %s", got)
	}
	for _, name := range []string{"usr/lib/a/b/f", "usr/lib/a", "usr/lib/c/f"} {
		n, err := s.Stack.Lookup(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		v.AddCold(n)
	}
	for path, want := range map[string]string{
		"usr/lib/a": "cold usr/lib/a", "usr/lib/a/b": "implied directory", "usr/lib/a/b/f": "cold usr/lib/a/b/f",
		"usr/lib/c": "base's usr/lib/c", "usr/lib": "base's usr/lib",
	} {
		if got := describe(v.LookupInSlim(path)); got != want {
			t.Errorf("at %s stands %s, want %s", path, got, want)
		}
	}
	// What was added stays when something below it is added.
	n, _ := s.Stack.Lookup(t.Context(), "usr/lib/a/b/f")
	v.AddCold(n)
	if got := describe(v.LookupInSlim("usr/lib/a")); got != "cold usr/lib/a" {
		t.Errorf("at usr/lib/a stands %s", got)
	}
}

func TestHoldsKept(t *testing.T) {
	t.Parallel()
	s := state(t, nil, nil, []lt.Entry{
		lt.Dir("area"), lt.File("area/left", ""), lt.Dir("empty-area"), lt.Dir("left-area"), lt.Dir("left-area/d"), lt.File("left-area/d/kept", ""),
		lt.Dir("kept"), lt.File("kept/left", ""), lt.Dir("left"), lt.File("left/left", ""), lt.File("unsaid/f", ""), lt.File("implied/kept", ""), lt.File("area-file", ""),
	})
	decide(t, s, area, "area empty-area left-area area-file")
	decide(t, s, claim, "left-area/d/kept kept implied/kept")
	decide(t, s, leave, "area/left kept/left left left/left")
	v := view.New(s)
	for name, want := range map[string]bool{
		"area": false, "empty-area": true, "left-area": true, "left-area/d": true, "kept": true, "kept/left": false, "left": false,
		"unsaid": false, "implied": true, "area-file": true,
	} {
		n, err := s.Upper().Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.HoldsKept(n); got != want {
			t.Errorf("%s: %t, want %t", name, got, want)
		}
	}
}

// chain is n links, "l1" to "l2" and so on, and the file that the last leads to.
func chain(n int) []lt.Entry {
	out := []lt.Entry{lt.File(fmt.Sprintf("l%d", n+1), "")}
	for i := range n {
		out = append(out, lt.Symlink(fmt.Sprintf("l%d", i+1), fmt.Sprintf("l%d", i+2)))
	}
	return out
}

// A chain of symlinks may be as long as Linux allows.
func TestMaxLinks(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{view.MaxLinks: "base's l41", view.MaxLinks + 1: "nothing"} {
		if got := describe(view.New(state(t, chain(n), nil, nil)).InSlim("l1")); got != want {
			t.Errorf("%d links lead to %s, want %s", n, got, want)
		}
	}
	if route, err := view.Route(t.Context(), state(t, nil, nil, chain(view.MaxLinks)), "l1"); err != nil || len(route) != view.MaxLinks+1 {
		t.Errorf("%d paths, %v", len(route), err)
	}
	if route, err := view.Route(t.Context(), state(t, nil, nil, chain(view.MaxLinks+1)), "l1"); !errors.Is(err, layers.ErrLinkLoop) {
		t.Errorf("%d paths, %v", len(route), err)
	}
}

func TestRoute(t *testing.T) {
	t.Parallel()
	s := state(t, []lt.Entry{ // the base
		lt.Dir("usr/bin"), lt.File("usr/bin/vim", ""), lt.Symlink("usr/bin/vi", "vim"), lt.File("etc/hidden", ""), lt.File("etc/base", ""),
		lt.Symlink("usr/bin/back", "/srv/f"), lt.File("opt/base", ""), lt.File("etc/dir/f", ""),
	}, []lt.Entry{ // the cold layer
		lt.File("usr/bin/git", ""), lt.Symlink("usr/bin/g", "git"), lt.File("opt/cold", ""), lt.File("usr/bin/vim", "cold"), lt.File("usr/local/bin/x", ""),
		lt.File("etc/hidden", ""), lt.File("usr/lib/h/f", ""),
	}, []lt.Entry{ // the user's
		lt.Dir("srv"), lt.File("srv/f", ""), lt.Symlink("srv/l", "f"), lt.Symlink("srv/ll", "/srv/l"), lt.Symlink("srv/usr", "../usr"),
		lt.Symlink("srv/loop", "loop"), lt.Symlink("srv/dangling", "x"), lt.Symlink("srv/up", "../../srv/f"), lt.File("deep/d/f", ""),
		lt.Whiteout("etc/hidden"), lt.Whiteout("etc/dir"), lt.File("usr/lib/own", ""),
	})
	for _, c := range []struct{ name, want string }{
		{"/srv/f", "user's srv/f"},
		{"srv", "user's srv"},
		{"/", ""},
		{"/srv/l", "user's srv/l, user's srv/f"},
		{"/srv/ll", "user's srv/ll, user's srv/l, user's srv/f"},
		{"/srv/../srv/./f", "user's srv/f"},
		{"/srv/up", "user's srv/up, user's srv/f"},
		{"/deep/d/f", "user's deep/d/f"},
		{"/deep/d", "implied directory"},
		{"/deep/d/../d/f", "user's deep/d/f"},
		{"/lib/own", "user's usr/lib/own"},
		{"/srv/usr/lib/own", "user's srv/usr, user's usr/lib/own"},
		{"/srv/usr/bin/vi", "user's srv/usr"},
		{"/bin/vim", ""},
		{"/usr/bin/back", "user's srv/f"},
		{"/etc/base", ""},
		{"/opt/base", ""},
		{"/usr/bin/git", "cold usr/bin/git"},
		{"/bin/g", "cold usr/bin/g, cold usr/bin/git"},
		{"/lib/h/f", "cold usr/lib/h/f"},
		{"/etc/hidden", "not found"},
		{"/etc/dir/f", "not found"},
		{"/etc/dir", "not found"},
		{"/opt/cold", "not found"},
		{"/usr/local/bin/x", "not found"},
		{"/nowhere/../srv/f", "user's srv/f"}, // a directory may have no header
		{"/srv/dangling", "not found"},
		{"/srv/loop", "loop"},
	} {
		route, err := view.Route(t.Context(), s, c.name)
		var names []string
		for _, n := range route {
			names = append(names, describe(n))
		}
		got := strings.Join(names, ", ")
		switch {
		case errors.Is(err, fs.ErrNotExist):
			got = "not found"
		case errors.Is(err, layers.ErrLinkLoop):
			got = "loop"
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// A cold layer is opened only for what may be there and nowhere else.
func TestRouteOpensLayers(t *testing.T) {
	t.Parallel()
	s := state(t, []lt.Entry{lt.File("etc/base", ""), lt.Dir("usr/local")}, nil, []lt.Entry{lt.File("etc/own", ""), lt.Whiteout("etc/hidden"), lt.Dir("srv")})
	for name, want := range map[string]bool{
		"/etc/own": false, "/etc/base": false, "/etc/hidden": false, "/srv/x": false, "/opt/x": false, "/usr/local/bin/x": false,
		"/etc/x": true, "/usr/bin/x": true, "/usr/x/y": true,
	} {
		if _, err := view.Route(t.Context(), s, name); errors.Is(err, errCold) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestInOfficialArea(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"bin": true, "sbin/x": true, "lib/x": true, "lib64/x": true, "usr": true, "usr/bin/x": true, "etc/x": true, "var/x": true, "usr/locale": true,
		"usr/local/bin": false, "opt/x": false, "usr2/x": false, "srv/usr": false, ".": false,
	} {
		if got := view.InOfficialArea(name); got != want {
			t.Errorf("%s: %t, want %t", name, got, want)
		}
	}
}

func TestLinkTarget(t *testing.T) {
	t.Parallel()
	tree := lt.Tree(0, []lt.Entry{
		lt.Symlink("srv/absolute", "/opt/x"), lt.Symlink("srv/beside", "x"), lt.Symlink("srv/up", "../../../x"), lt.Symlink("root", "x"), lt.Symlink("srv/dot", "."),
	})
	for name, want := range map[string]string{"srv/absolute": "/opt/x", "srv/beside": "/srv/x", "srv/up": "/x", "root": "/x", "srv/dot": "/srv"} {
		n, err := tree.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := view.LinkTarget(n); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
