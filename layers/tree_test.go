package layers_test

import (
	"archive/tar"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// list renders a tree as one line a node, which is what the cases below state.
func list(t *layers.Tree) []string {
	out := []string{}
	t.Walk(func(n *layers.Node) bool {
		s := n.Path()
		switch {
		case s == ".":
			return true
		case n.Kind == layers.Dir:
			s += "/"
		case n.Kind == layers.Symlink:
			s += " -> " + n.Link
		case n.FirstName != "":
			s += " = " + n.FirstName
		case n.Kind == layers.File:
			s += ": " + string(n.Evidence)
		}
		if n.Implied {
			s += " (implied)"
		}
		out = append(out, s)
		return true
	})
	return out
}

type listing = []lt.Entry

func TestApply(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		layers []listing
		want   []string
	}{
		{"later layer wins",
			[]listing{{lt.File("a", "1")}, {lt.File("a", "2")}},
			[]string{"a: 2"}},
		{"last duplicate wins",
			[]listing{{lt.File("a", "1"), lt.File("a", "2")}},
			[]string{"a: 2"}},
		{"implicit parents",
			[]listing{{lt.File("a/b/c", "1")}},
			[]string{"a/ (implied)", "a/b/ (implied)", "a/b/c: 1"}},
		{"parent listed after its child",
			[]listing{{lt.File("a/b", "1"), lt.Dir("a")}},
			[]string{"a/", "a/b: 1"}},
		{"dotted and absolute names",
			[]listing{{lt.File("./a", "1"), lt.File("/b/../c", "2")}},
			[]string{"a: 1", "c: 2"}},
		{"whiteout",
			[]listing{{lt.File("a", "1"), lt.File("b", "2")}, {lt.Whiteout("a")}},
			[]string{"b: 2"}},
		{"whiteout of a directory",
			[]listing{{lt.File("d/a", "1")}, {lt.Whiteout("d")}},
			[]string{}},
		{"whiteout spares its own layer, standing before",
			[]listing{{lt.File("a", "1")}, {lt.Whiteout("a"), lt.File("a", "2")}},
			[]string{"a: 2"}},
		{"whiteout spares its own layer, standing after",
			[]listing{{lt.File("a", "1")}, {lt.File("a", "2"), lt.Whiteout("a")}},
			[]string{"a: 2"}},
		{"opaque, standing last",
			[]listing{{lt.File("d/a", "1"), lt.File("d/s/b", "2")}, {lt.Dir("d"), lt.File("d/c", "3"), lt.Opaque("d")}},
			[]string{"d/", "d/c: 3"}},
		{"opaque root",
			[]listing{{lt.File("a", "1")}, {lt.Opaque(""), lt.File("b", "2")}},
			[]string{"b: 2"}},
		{"whiteout of nothing",
			[]listing{{lt.Whiteout("x/y")}},
			[]string{"x/ (implied)"}},
		{"aufs book-keeping is no whiteout",
			[]listing{{lt.File("plnk", "1")}, {lt.Dir(".wh..wh.plnk"), lt.File(".wh..wh.aufs", "")}},
			[]string{"plnk: 1"}},
		{"directory over directory keeps children",
			[]listing{{lt.File("d/a", "1")}, {lt.Dir("d")}},
			[]string{"d/", "d/a: 1"}},
		{"file over directory",
			[]listing{{lt.File("d/a", "1")}, {lt.File("d", "2")}},
			[]string{"d: 2"}},
		{"directory over file",
			[]listing{{lt.File("d", "1")}, {lt.Dir("d"), lt.File("d/a", "2")}},
			[]string{"d/", "d/a: 2"}},
		{"directory that is a file between its files",
			[]listing{{lt.File("d/a", "1"), lt.File("d", "2"), lt.File("d/b", "3")}},
			[]string{"d/ (implied)", "d/b: 3"}},
		{"symlink that is replaced from within",
			[]listing{{lt.Dir("a"), lt.Symlink("a/l", "../a"), lt.File("a/l/b", "1"), lt.File("a/l/l", "2"), lt.File("a/l/c", "3")}},
			[]string{"a/", "a/b: 1", "a/l/ (implied)", "a/l/c: 3"}},
		{"directory over symlink replaces the link",
			[]listing{{lt.Dir("usr"), lt.Symlink("lib", "usr")}, {lt.Dir("lib"), lt.File("lib/a", "1")}},
			[]string{"lib/", "lib/a: 1", "usr/"}},
		{"file below a merged-/usr link",
			[]listing{{lt.Dir("usr"), lt.Dir("usr/lib"), lt.Symlink("lib", "usr/lib")}, {lt.File("lib/a", "1")}},
			[]string{"lib -> usr/lib", "usr/", "usr/lib/", "usr/lib/a: 1"}},
		{"whiteout below a merged-/usr link",
			[]listing{{lt.File("usr/lib/a", "1"), lt.Symlink("lib", "/usr/lib")}, {lt.Whiteout("lib/a")}},
			[]string{"lib -> /usr/lib", "usr/ (implied)", "usr/lib/ (implied)"}},
		{"links that climb stay in the root",
			[]listing{{lt.Symlink("up", "../../../etc")}, {lt.File("up/a", "1")}},
			[]string{"etc/ (implied)", "etc/a: 1", "up -> ../../../etc"}},
		{"hard link",
			[]listing{{lt.File("a", "1"), lt.Hardlink("b", "a"), lt.Hardlink("c", "./b")}},
			[]string{"a: 1", "b = a", "c = a"}},
		{"hard link into a lower layer",
			[]listing{{lt.File("a", "1")}, {lt.Hardlink("b", "a")}},
			[]string{"a: 1", "b = a"}},
		{"hard link before its first name",
			[]listing{{lt.Hardlink("b", "a"), lt.File("a", "1")}},
			[]string{"a: 1", "b = a"}},
		{"hard link to itself",
			[]listing{{lt.File("a", "1"), lt.Hardlink("a", "a")}},
			[]string{"a: 1"}},
		{"device and fifo",
			[]listing{{lt.Special("dev/null", tar.TypeChar), lt.Special("f", tar.TypeFifo)}},
			[]string{"dev/ (implied)", "dev/null", "f"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, list(lt.Tree(0, c.layers...))); diff != "" {
				t.Errorf("tree (-want +got):\n%s", diff)
			}
		})
	}
}

func TestApplyErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, entry, cause string
		layer              listing
	}{
		{"hard link to nothing", "b", "does not exist", listing{lt.Hardlink("b", "nothing")}},
		{"hard link to a directory", "b", "directory", listing{lt.Dir("d"), lt.Hardlink("b", "d")}},
		{"names below a link to itself", "l/a", "too many levels", listing{lt.Symlink("l", "l"), lt.File("l/a", "")}},
		{"root as a file", ".", "the root is a file", listing{lt.File(".", "x")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := layers.NewTree().Apply(0, lt.Table(c.layer...))
			var at *layers.EntryError
			if !errors.As(err, &at) || at.Entry != c.entry || !strings.Contains(err.Error(), c.cause) {
				t.Errorf("error %v, want one at %q that says %q", err, c.entry, c.cause)
			}
		})
	}
}

// A tree of upper layers alone must know what it hides of the layers below,
// or a removed file would be looked up there.
func TestHides(t *testing.T) {
	t.Parallel()
	tree := lt.Tree(7,
		listing{lt.Whiteout("etc/motd"), lt.File("a", ""), lt.Opaque("opq"), lt.File("opq/mine", ""), lt.Dir("plain")},
		listing{lt.Whiteout("back"), lt.Whiteout("gone")},
		listing{lt.Dir("back"), lt.File("back/new", "")},
	)
	for path, want := range map[string]bool{
		"etc/motd": true, "etc/motd/below": true, "etc/passwd": false, "etc": false,
		"a": true, "a/b": true, "opq/theirs": true, "opq": false, "opq/mine": true,
		"plain/theirs": false, "back/old": true, "back/new": true, "gone": true, "elsewhere": false,
	} {
		if got := tree.Hides(path); got != want {
			t.Errorf("Hides(%q) = %v, want %v", path, got, want)
		}
	}
	want := []string{"back/", "etc/motd", "gone", "opq/"}
	if diff := cmp.Diff(want, tree.Hidden()); diff != "" {
		t.Errorf("Hidden (-want +got):\n%s", diff)
	}
}

func TestAssume(t *testing.T) {
	t.Parallel()
	tree := layers.NewTree()
	if err := tree.Assume("lib", "usr/lib"); err != nil {
		t.Fatal(err)
	}
	if err := tree.Apply(3, lt.Table(lt.File("lib/x.so", "1"))); err != nil {
		t.Fatal(err)
	}
	n, err := tree.Lookup("lib/x.so")
	if err != nil || n.Path() != "usr/lib/x.so" || n.Pos != (layers.Pos{Layer: 3, Entry: 0}) {
		t.Errorf("Lookup = %v, %v; want usr/lib/x.so of layer 3", n, err)
	}
}

func TestHardlinkContent(t *testing.T) {
	t.Parallel()
	// The first name is overwritten after the link was made: the link keeps
	// the old content, as on a file system.
	tree := lt.Tree(0, listing{lt.File("a", "old"), lt.Hardlink("b", "a"), lt.File("a", "new")})
	n, err := tree.Lookup("b")
	if err != nil || string(n.Evidence) != "old" || n.Pos.Entry != 0 {
		t.Errorf("b = %v, %v; want the content of entry 0", n, err)
	}
}

func TestAttributes(t *testing.T) {
	t.Parallel()
	tree := lt.Tree(0, listing{
		lt.Script("bin/ping", "x").Chown(5, 6).Xattr("security.capability", "\x01"),
		lt.File("labelled", "").Xattr("security.selinux", "u:r"),
		lt.Script("bin/su", "").Chmod(0o4755),
		lt.File(strings.Repeat("long/", 60)+"name", "deep"),
	})
	ping, err := tree.Lookup("bin/ping")
	if err != nil {
		t.Fatal(err)
	}
	if ping.UID != 5 || ping.GID != 6 || ping.Mode != 0o755 || ping.Xattrs["security.capability"] != "\x01" {
		t.Errorf("ping lost attributes: %+v", ping.Entry)
	}
	if n, err := tree.Lookup("labelled"); err != nil || n.Xattrs != nil {
		t.Errorf("the build machine's SELinux label was kept: %v, %v", n, err)
	}
	if n, err := tree.Lookup("bin/su"); err != nil || n.FileMode() != 0o755|fs.ModeSetuid {
		t.Errorf("su is not setuid: %v, %v", n, err)
	}
	if _, err := tree.Lookup(strings.Repeat("long/", 60) + "name"); err != nil {
		t.Errorf("long name: %v", err)
	}
}

func TestFS(t *testing.T) {
	t.Parallel()
	tree := lt.Tree(0, listing{lt.File("etc/os-release", "ID=debian"), lt.Symlink("release", "etc/os-release"), lt.Dir("empty")})
	if err := fstest.TestFS(tree, "etc/os-release", "empty"); err != nil {
		t.Error(err)
	}
	if b, err := fs.ReadFile(tree, "release"); err != nil || string(b) != "ID=debian" {
		t.Errorf("reading through a link: %q, %v", b, err)
	}
}

func ExampleTree() {
	tree := layers.NewTree()
	for i, l := range [][]lt.Entry{
		{lt.File("etc/motd", "hello"), lt.File("etc/issue", "Debian")},
		{lt.Whiteout("etc/motd"), lt.File("app/main.py", "print()")},
	} {
		if err := tree.Apply(i, lt.Table(l...)); err != nil {
			fmt.Println(err)
		}
	}
	tree.Walk(func(n *layers.Node) bool {
		if n.Kind == layers.File {
			fmt.Println(n.Path(), "from layer", n.Pos.Layer)
		}
		return true
	})
	// Output:
	// app/main.py from layer 1
	// etc/issue from layer 0
}

func TestSameComparesWhatAContainerSees(t *testing.T) {
	t.Parallel()
	base := lt.Script("a", "x")
	for _, c := range []struct {
		name  string
		other lt.Entry
		want  bool
	}{
		{"equal", base, true},
		{"content", lt.Script("a", "y"), false},
		{"mode", base.Chmod(0o700), false},
		{"owner", base.Chown(1, 0), false},
		{"time", base.MTime(1), false},
		{"xattr", base.Xattr("user.x", "1"), false},
	} {
		a, b := lt.Table(base), lt.Table(c.other)
		if got := a.Entries[0].Same(&b.Entries[0]); got != c.want {
			t.Errorf("%s: Same = %v, want %v", c.name, got, c.want)
		}
	}
	a, b := lt.Table(lt.Dir("d")), lt.Table(lt.Dir("d").MTime(9))
	if !a.Entries[0].Same(&b.Entries[0]) {
		t.Error("directories that differ in time alone are the same")
	}
}

func TestWalkIsSorted(t *testing.T) {
	t.Parallel()
	got := list(lt.Tree(0, listing{lt.File("b", ""), lt.File("a/z", ""), lt.File("a.b", ""), lt.File("a/b", "")}))
	want := slices.Clone(got)
	if len(got) != 5 || got[0] != "a/ (implied)" || got[1] != "a/b: " {
		t.Errorf("walk order %q, want %q", got, want)
	}
}
