package native_test

import (
	"testing"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/elftest"
	"github.com/slimify/slimify/internal/extracttest"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// Symbol versions that a file requires of the base's libraries.
func TestVersions(t *testing.T) {
	t.Parallel()
	wants := func(versions ...string) lt.Entry {
		return lib("site/c.so", elftest.Spec{Needed: []string{"libc.so.6"}, NeedVersions: map[string][]string{"libc.so.6": versions}})
	}
	libc := func(versions ...string) lt.Entry {
		return lib(arch+"libc.so.6", elftest.Spec{Soname: "libc.so.6", DefVersions: versions})
	}
	pq := func(versions ...string) lt.Entry {
		return lib(arch+"libpq.so.5", elftest.Spec{Soname: "libpq.so.5", DefVersions: versions})
	}
	onBase := func(im extracttest.Images, entries ...lt.Entry) extracttest.Images {
		im.Base = append(im.Base, entries...)
		return im
	}
	pqUser := lib("site/c.so", elftest.Spec{Needed: []string{"libpq.so.5"}, NeedVersions: map[string][]string{"libpq.so.5": {"PQ_9"}}})
	runScenarios(t, []scenario{
		{
			name:   "the base defines them",
			Images: cold([]lt.Entry{libc("GLIBC_2.31")}, wants("GLIBC_2.31")),
		},
		{
			name:   "FAT alone defines one",
			Images: cold([]lt.Entry{libc("GLIBC_2.31", "GLIBC_2.34")}, wants("GLIBC_2.31", "GLIBC_2.34")), err: "symbol version GLIBC_2.34 is needed by /site/c.so in the image and not defined by /" + arch + "libc.so.6",
		},
		{
			name:   "nobody defines it",
			Images: cold([]lt.Entry{libc("GLIBC_2.31")}, wants("GLIBC_2.34")),
			want: `
missing-libraries: the image lacks 1 library (GLIBC_2.34 of libc.so.6 for /site/c.so)`,
		},
		{
			name:   "nobody defines the first, FAT alone the second",
			Images: cold([]lt.Entry{libc("GLIBC_2.34")}, wants("GLIBC_9", "GLIBC_2.34")), err: "symbol version GLIBC_2.34",
		},
		{
			name:   "FAT has no such library",
			Images: cold(nil, wants("GLIBC_2.34")),
			want: `
missing-libraries: the image lacks 1 library (GLIBC_2.34 of libc.so.6 for /site/c.so)`,
		},
		{
			name:   "a library without versions",
			Images: onBase(cold([]lt.Entry{pq("PQ_9")}, pqUser), plain(arch+"libpq.so.5")),
		},
		{
			name: "a kept library of FAT's",
			Images: cold(nil, lib("site/c.so", elftest.Spec{Needed: []string{"libpq.so.5"}, Runpath: "$ORIGIN", NeedVersions: map[string][]string{"libpq.so.5": {"PQ_9"}}}),
				lib("site/libpq.so.5", elftest.Spec{Soname: "libpq.so.5", DefVersions: []string{"PQ_1"}})),
		},
		{
			name:   "FAT's library behind a link",
			Images: onBase(cold([]lt.Entry{lt.Symlink(arch+"libpq.so.5", "libpq.so.5.1"), lib(arch+"libpq.so.5.1", elftest.Spec{Soname: "libpq.so.5", DefVersions: []string{"PQ_9"}})}, pqUser), pq("PQ_1")), err: "PQ_9",
		},
	})
}

// What the base's runtime needs for what kept sources import.
func TestSystemNeeds(t *testing.T) {
	t.Parallel()
	system := func(change func(s *selection.State, n *ecosystem.SystemNeed)) func(*selection.State) []ecosystem.SystemNeed {
		return func(s *selection.State) []ecosystem.SystemNeed {
			n := ecosystem.SystemNeed{By: &selection.Item{Node: &layers.Node{}, Path: "app/x.source"}, Reason: selection.Reason{Rule: selection.Opened, Text: "imported", From: "app/x.source"}}
			change(s, &n)
			return []ecosystem.SystemNeed{n}
		}
	}
	file := func(name string) func(*selection.State) []ecosystem.SystemNeed {
		return system(func(_ *selection.State, n *ecosystem.SystemNeed) { n.File = name })
	}
	libraries := func(name string) func(*selection.State) []ecosystem.SystemNeed {
		return system(func(s *selection.State, n *ecosystem.SystemNeed) { n.Libraries, _ = s.Base.Tree.Lookup(name) })
	}
	module := func(im extracttest.Images, entries ...lt.Entry) extracttest.Images {
		im.Base = append(im.Base, append(entries, lt.File("runtime/text.so", "text"), needs("runtime/m.so", "libc.so.6", "libm.so.6", "libhas.so", "libnone.so", "libtk.so", "libtcl.so"), plain(arch+"libhas.so"))...)
		return im
	}
	all := []lt.Entry{plain(arch + "libtk.so"), plain(arch + "libtcl.so"), plain(arch + "libm.so.6"), plain(arch + "libhas.so"), lt.File("etc/mime.types", "")}
	runScenarios(t, []scenario{
		{
			name:   "a file",
			Images: cold(all, lt.File("app/x", "")), needs: file("/etc/mime.types"),
			want: `
opened etc/mime.types: imported [app/x.source]`,
		},
		{
			name:   "a file that is nowhere",
			Images: cold(all, lt.File("app/x", "")), needs: file("/etc/absent"),
		},
		{
			name:   "a module's libraries",
			Images: module(cold(all, lt.File("app/x", ""))), needs: libraries("runtime/m.so"),
			want: `
opened usr/lib/x86_64-linux-gnu/libtcl.so: imported [app/x.source]
opened usr/lib/x86_64-linux-gnu/libtk.so: imported [app/x.source]`,
		},
		{
			name:   "a module that is not an ELF file",
			Images: module(cold(all, lt.File("app/x", ""))), needs: libraries("runtime/text.so"),
		},
		{
			name: "a module whose library the user drops",
			Images: func() extracttest.Images {
				im := module(cold(nil, append(all, lt.File("app/x", ""))...))
				im.Drop = []string{"/" + arch + "libtk.so"}
				return im
			}(),
			needs: libraries("runtime/m.so"),
			want: `
opened usr/lib/x86_64-linux-gnu/libtcl.so: imported [app/x.source]
missing-libraries: the image lacks 1 library (libtk.so for /runtime/m.so)`,
		},
	})
}

// A layer that cannot be read ends the run.
func TestBrokenLayers(t *testing.T) {
	t.Parallel()
	broken := func(below []lt.Entry, user ...lt.Entry) extracttest.Images {
		im := cold(nil, user...)
		im.Cold = [][]lt.Entry{nil, below}
		im.Broken = map[int]bool{0: true}
		return im
	}
	versions := lib("site/c.so", elftest.Spec{Needed: []string{"libc.so.6"}, NeedVersions: map[string][]string{"libc.so.6": {"GLIBC_2.34"}}})
	magick := plain(arch + "libMagickCore-6.so")
	const is = "broken layer"
	runScenarios(t, []scenario{
		{
			name:   "for a library",
			Images: broken(nil, needs("site/c.so", "libx.so")), err: is,
		},
		{
			name:   "for versions",
			Images: broken(nil, versions), err: is,
		},
		{
			name:   "for the target of a link",
			Images: broken([]lt.Entry{lt.Symlink(arch+"libx.so", "libx.so.1")}, needs("site/c.so", "libx.so")), err: is,
		},
		{
			name:   "for a library that is opened",
			Images: broken(nil, opener("app/x.source", "libmagic.so.1")), err: is,
		},
		{
			name:   "for a link to a library that is opened",
			Images: broken([]lt.Entry{lt.Symlink(arch+"libmagic.so.1", "libmagic.so.1.0")}, opener("app/x.source", "libmagic.so.1")), err: is,
		},
		{
			name:   "for the package of a library",
			Images: broken([]lt.Entry{lt.File(info+"x.list", "/"+arch+"libx.so\n"), plain(arch + "libx.so")}, needs("site/c.so", "libx.so")), err: is,
		},
		{
			name:   "for the package of a kept file",
			Images: broken([]lt.Entry{lt.File(info+"x.list", "/usr/bin/x\n"), plain("usr/bin/x")}), keep: []string{"usr/bin/x"}, rule: selection.NoRule, err: is,
		},
		{
			name:   "not for plugins of a library above",
			Images: broken([]lt.Entry{lt.File("x", "")}, needs("site/c.so", "libMagickCore-6.so"), magick),
			want: `
needed usr/lib/x86_64-linux-gnu/libMagickCore-6.so: DT_NEEDED of c.so [site/c.so]`,
		},
		{
			name:   "for a plugin",
			Images: broken(nil, needs("site/c.so", "libMagickCore-6.so"), magick, lt.Symlink(arch+"ImageMagick-6/modules-Q/x/x.so", "y.so")), err: "keeping the plugin /" + arch + "ImageMagick-6/modules-Q/x/x.so: broken layer",
		},
		{
			name:   "for a file of the system",
			Images: broken(nil, lt.File("app/x", "")), needs: func(*selection.State) []ecosystem.SystemNeed {
				return []ecosystem.SystemNeed{{By: &selection.Item{Node: &layers.Node{}, Path: "app/x"}, File: "/etc/x", Reason: selection.Reason{Rule: selection.Opened}}}
			}, err: is},
		{name: "for a library of the base's runtime", Images: func() extracttest.Images {
			im := broken(nil, lt.File("app/x", ""))
			im.Base = append(im.Base, needs("runtime/m.so", "libtk.so"))
			return im
		}(), needs: func(s *selection.State) []ecosystem.SystemNeed {
			n, err := s.Base.Tree.Lookup("runtime/m.so")
			if err != nil {
				t.Error(err)
			}
			return []ecosystem.SystemNeed{{Libraries: n, Reason: selection.Reason{Rule: selection.Opened}}}
		}, err: is},
	})
}
