package verify_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/verify"
	vt "github.com/slimify/slimify/internal/verifytest"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// An image that has lost nothing has no new findings.
func TestUnchanged(t *testing.T) {
	t.Parallel()
	vt.Test(t, []vt.Case{{Name: "nothing is missing"}})
}

// Each check has checked something: one that sees nothing passes everything.
func TestChecksCount(t *testing.T) {
	t.Parallel()
	subject := verify.Subject{Config: vt.Config(nil), Tree: vt.Merge(t, vt.System(), vt.User())}
	results, err := verify.Run(t.Context(), subject, nil, extract.Ecosystems())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range results {
		names = append(names, r.Check)
		if r.Items == 0 || r.Unit == "" {
			t.Errorf("%s checked %d of %q", r.Check, r.Items, r.Unit)
		}
	}
	if diff := cmp.Diff(verify.Names(extract.Ecosystems()), names); diff != "" {
		t.Error(diff)
	}
}

// The names and the order of checks are part of reports.
func TestNames(t *testing.T) {
	t.Parallel()
	want := []string{"elf", "symbol-versions", "loader-cache", "shebangs", "commands", "environment", "symlinks", "record", "imports", "users", "dpkg"}
	if diff := cmp.Diff(want, verify.Names(extract.Ecosystems())); diff != "" {
		t.Error(diff)
	}
}

// Files of the base are not verified. If paths of the base were removed, the files that
// needed them are.
func TestOnBase(t *testing.T) {
	t.Parallel()
	const libtk = vt.Lib + "/libtk8.6.so" // a slim base lacks it
	base := append(vt.System(), lt.Symlink("usr/local/dangling", "gone"), lt.Whiteout(libtk),
		vt.Program("usr/bin/tool", "libabsent.so.1"), lt.Script("usr/local/bin/broken", "#!/usr/bin/absent\n"))
	base = slices.DeleteFunc(base, func(e lt.Entry) bool { return e.Name == libtk })
	for _, c := range []struct {
		name    string
		added   []lt.Entry
		removed bool
		want    []string
	}{
		{"nothing is missing", vt.User(), false, nil},
		{"something was removed that nothing needs", vt.User(), true, nil},
		{"an added program lacks a library", append(vt.User(), vt.Program("app/tool", "libssl.so.3")), false, []string{
			"elf: note: /app/tool: library libssl.so.3 not found", // the original image lacks it too
		}},
		{"a Debian package links to a manual that slim images leave out", append(vt.User(), lt.Symlink("usr/share/man/man1/x.1.gz", "y.1.gz"), lt.File("var/lib/dpkg/info/x.list", "/usr/share/man/man1/x.1.gz\n")), false, nil},
		{"a removed library is needed by the base", append(vt.User(), lt.Whiteout("usr/local/lib/libpython3.9.so.1.0")), true, []string{
			"elf: failure: /usr/local/bin/python3.9: library libpython3.9.so.1.0 not found",
			"loader-cache: failure: /etc/ld.so.cache: lists /usr/local/lib/libpython3.9.so.1.0, which does not exist",
		}},
		{"an account is missing, in the base too", slices.DeleteFunc(vt.User(), func(e lt.Entry) bool { return e.Name == "etc/passwd" }), false, []string{
			`users: failure: /etc/passwd: user "app" not found (set by USER)`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			opened := 0
			got := vt.Findings(t, verify.Subject{
				Config: vt.Config(nil), Tree: vt.Merge(t, base, c.added), Base: check.MergedImage(vt.Config(nil), vt.Merge(t, base)), Added: 1, Removed: c.removed,
			}, vt.Original(t, vt.Config(nil), &opened))
			want := append(c.want, vt.Dangling, "imports: failure: /app/window.py: line 1 imports tkinter: library libtk8.6.so not found")
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

// What the user dropped counts as missing in the original image.
func TestDropped(t *testing.T) {
	t.Parallel()
	opened := 0
	original := vt.Original(t, vt.Config(nil), &opened)
	original.Dropped = func(n *layers.Node) bool {
		return strings.HasSuffix(n.Path(), "libpq.so.5") || n.Path() == "app/fast.py"
	}
	tree := vt.Merge(t, vt.System(), vt.User(), []lt.Entry{lt.Whiteout(vt.Lib + "/libpq.so.5"), lt.Whiteout("app/fast.py")})
	results, err := verify.Run(t.Context(), verify.Subject{Config: vt.Config(nil), Tree: tree}, original, extract.Ecosystems())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Failed() {
			t.Errorf("%s failed: %v", r.Check, r.Findings)
		}
	}
}

// If a layer cannot be read, Run returns an error and not a finding.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	down := errors.New("the network is down")
	stack, err := layers.NewStack(1, nil, func(context.Context, int) (*layers.Table, error) { return nil, down })
	if err != nil {
		t.Fatal(err)
	}
	for _, lose := range []lt.Entry{lt.Whiteout(vt.Lib + "/libpq.so.5"), lt.Whiteout("usr/bin/curl"), lt.Whiteout("var/lib/dpkg/info/dash.list"), vt.Cache("/absent.so")} {
		tree := vt.Merge(t, vt.System(), vt.User(), []lt.Entry{lose})
		original := &check.Image{Config: vt.Config(nil), Stack: stack}
		_, err := verify.Run(t.Context(), verify.Subject{Config: vt.Config(nil), Tree: tree}, original, extract.Ecosystems())
		if !errors.Is(err, down) {
			t.Errorf("%s: error %v", lose.Name, err)
		}
	}
}
