package native_test

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/native"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/elftest"
	"github.com/slimify/slimify/internal/extracttest"
	"github.com/slimify/slimify/internal/ldcache"
	lt "github.com/slimify/slimify/layers/layertest"
)

// soname is a library with a soname that is not its file's name.
func soname(name, soname string) lt.Entry { return lib(name, elftest.Spec{Soname: soname}) }

// Which libraries the base's cache gains. Everything in the user's layers is kept but what
// lies below dropped or is dropped by name.
func TestUpdateCache(t *testing.T) {
	t.Parallel()
	const flags = 0x303
	old := string(ldcache.Format([]ldcache.Entry{
		{Flags: 0x3, Name: "libz.so.1", Path: "/usr/lib/libz.so.1"}, {Flags: flags, Name: "libc.so.6", Path: "/lib/libc.so.6"}, {Flags: 0x3, Name: "liba.so", Path: "/usr/lib/liba.so"},
	}))
	chain := []lt.Entry{plain("usr/lib/libchain.so.41")}
	for i := range 41 {
		chain = append(chain, lt.Symlink(fmt.Sprintf("usr/lib/libchain.so.%d", i), fmt.Sprintf("libchain.so.%d", i+1)))
	}
	for _, c := range []struct {
		name    string
		cache   string // "" is old, "-" none
		arch    string
		user    []lt.Entry
		drop    string
		to      string // where all is written
		unknown bool   // the base's cache was not captured
		want    string
		warning string
	}{
		{name: "by its name", user: []lt.Entry{plain("usr/local/lib/libx.so.1")}, want: "libx.so.1=/usr/local/lib/libx.so.1"},
		{name: "without a soname", user: []lt.Entry{soname("usr/lib/libx.so", "")}, want: "libx.so=/usr/lib/libx.so"},
		{name: "by its soname", user: []lt.Entry{soname("lib/libx.so.1.2", "libx.so.1")}, want: "libx.so.1=/usr/lib/libx.so.1.2"},
		{name: "by its links", user: []lt.Entry{soname("usr/lib/libx.so.1.2", "libx.so.1"), lt.Symlink("usr/lib/libx.so.1", "libx.so.1.2"), lt.Symlink("usr/lib/libx.so", "/usr/lib/libx.so.1")}, want: "libx.so.1=/usr/lib/libx.so.1 libx.so=/usr/lib/libx.so"},
		{name: "by a link to elsewhere", user: []lt.Entry{soname("opt/x.so", "libx.so.9"), lt.Symlink("usr/lib/libx.so.1", "../../opt/x.so")}, want: "libx.so.1=/usr/lib/libx.so.1"},
		{name: "not in another directory", user: []lt.Entry{plain("opt/libx.so"), plain("usr/lib/deep/libx.so"), plain("usr/lib/liby.so")}, want: "liby.so=/usr/lib/liby.so"},
		{name: "not by a link to nothing, to a dropped file or in circles", user: []lt.Entry{
			lt.Symlink("usr/lib/liba.so.1", "absent"), plain("dropped/x.so"), lt.Symlink("usr/lib/libb.so.1", "/dropped/x.so"), lt.Symlink("usr/lib/libc.so.1", "libd.so.1"), lt.Symlink("usr/lib/libd.so.1", "libc.so.1"),
		}},
		{name: "not by too many links", user: chain, want: "libchain.so.41=/usr/lib/libchain.so.41 " + func() (out string) {
			for i := 40; i >= 1; i-- {
				out += fmt.Sprintf("libchain.so.%d=/usr/lib/libchain.so.%d ", i, i)
			}
			return out
		}()},
		{name: "not other names than lib*.so*, nor other files", user: []lt.Entry{plain("usr/lib/x.so"), plain("usr/lib/libx.a"), lt.File("usr/lib/liby.so", "text")}},
		{name: "not of another machine", user: []lt.Entry{other("usr/lib/libx.so")}},
		{name: "not of a machine that has no directory", arch: "mips", user: []lt.Entry{lib("usr/lib/libx.so", elftest.Spec{Machine: elf.EM_MIPS})}},
		{name: "not what is dropped", user: []lt.Entry{plain("usr/lib/libx.so"), plain("usr/lib/liby.so")}, drop: "/usr/lib/libx.so", want: "liby.so=/usr/lib/liby.so"},
		{name: "not what is written elsewhere", user: []lt.Entry{plain("usr/lib/libx.so")}, to: "opt/libx.so"},
		{name: "not what it has", user: []lt.Entry{plain("usr/lib/libz.so.1"), plain("usr/local/lib/libz.so.1"), lt.Symlink("usr/lib/liba.so", "libz.so.1"), lt.Symlink("usr/lib/libb.so", "libz.so.1")},
			want: "libz.so.1=/usr/local/lib/libz.so.1 libb.so=/usr/lib/libb.so"},
		{name: "not where there is none", cache: "-", user: []lt.Entry{plain("usr/lib/libx.so")}},
		{name: "not where it is not known", unknown: true, user: []lt.Entry{plain("usr/lib/libx.so")}},
		{name: "not where it cannot be read", cache: "damaged", user: []lt.Entry{plain("usr/lib/libx.so")}, warning: "1 libraries are not in the loader's cache"},
		{name: "no warning where nothing was added", cache: "damaged", user: []lt.Entry{plain("opt/libx.so")}},
		{name: "not where it has no C library", cache: string(ldcache.Format([]ldcache.Entry{{Name: "libz.so.1", Path: "/x"}})), user: []lt.Entry{plain("usr/lib/libx.so")}},
		{name: "where it has the C library alone", cache: string(ldcache.Format([]ldcache.Entry{{Flags: flags, Name: "libc.so.6", Path: "/x"}})), user: []lt.Entry{plain("usr/lib/libx.so")}, want: "libx.so=/usr/lib/libx.so"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cache := c.cache
			if cache == "" {
				cache = old
			}
			im := extracttest.Images{
				Base: []lt.Entry{lt.Symlink("lib", "usr/lib"), lt.File("etc/ld.so.conf.d/x.conf", "/usr/local/lib\n")}, Arch: c.arch,
				User: []extracttest.Layer{extracttest.Run("x", c.user...)}, Capture: evidence.NewCapturer(nil).Capture,
			}
			if cache != "-" {
				im.Base = append(im.Base, lt.File("etc/ld.so.cache", cache).Chmod(0o600))
			}
			if c.drop != "" {
				im.Drop = []string{c.drop}
			}
			s := im.State(t)
			if c.unknown {
				n, err := s.Base.Tree.Lookup("etc/ld.so.cache")
				if err != nil {
					t.Fatal(err)
				}
				n.Evidence = nil
			}
			for _, it := range slices.Clone(s.Selection.Items) {
				if strings.HasPrefix(it.Path, "dropped/") {
					continue
				}
				s.Selection.Claim(it.Node, selection.Reason{Rule: selection.Unowned})
				it.To = c.to
			}
			native.UpdateCache(s)
			warning := ""
			for _, w := range s.Selection.Warnings {
				warning += w.Message
			}
			if !strings.HasPrefix(warning, c.warning) || c.warning == "" && warning != "" {
				t.Errorf("warning %q, want %q", warning, c.warning)
			}
			checkCache(t, s.Selection.Generated, cache, flags, strings.Fields(c.want))
		})
	}
}

// checkCache compares what a cache has beyond the old one.
func checkCache(t *testing.T, made []selection.Generated, old string, flags int32, want []string) {
	t.Helper()
	if len(want) == 0 {
		if len(made) > 0 {
			t.Errorf("a cache was made: %q", made[0].Content)
		}
		return
	}
	if len(made) != 1 || made[0].Entry.Name != "etc/ld.so.cache" || made[0].Entry.Mode != 0o600 || made[0].Entry.Size != int64(len(made[0].Content)) {
		t.Fatalf("made %+v", made)
	}
	before, err := ldcache.Parse([]byte(old))
	if err != nil {
		t.Fatal(err)
	}
	after, err := ldcache.Parse(made[0].Content)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, e := range after {
		if slices.Contains(before, e) {
			continue
		}
		got = append(got, e.Name+"="+e.Path)
		if e.Flags != flags {
			t.Errorf("flags of %s are %#x", e.Name, e.Flags)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" || len(after) != len(before)+len(want) {
		t.Errorf("%d entries after %d, new ones (-want +got):\n%s", len(after), len(before), diff)
	}
}
