package native_test

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/elftest"
	"github.com/slimify/slimify/internal/extracttest"
	lt "github.com/slimify/slimify/layers/layertest"
)

// cold is an image of one cold layer below one of the user's.
func cold(cold []lt.Entry, user ...lt.Entry) extracttest.Images {
	return extracttest.Images{Base: base(), Cold: [][]lt.Entry{cold}, User: []extracttest.Layer{extracttest.Run("x", user...)}}
}

// Where the libraries come from that kept files need.
func TestNeeds(t *testing.T) {
	t.Parallel()
	pq := []lt.Entry{lt.Symlink(arch+"libpq.so.5", "libpq.so.5.13"), lib(arch+"libpq.so.5.13", elftest.Spec{Soname: "libpq.so.5", Needed: []string{"libldap.so.2", "libc.so.6"}}), needs(arch+"libldap.so.2", "libpq.so.5")}
	env := func(im extracttest.Images, variables ...string) extracttest.Images {
		im.Config = v1.Config{Env: variables}
		return im
	}
	drop := func(im extracttest.Images, patterns ...string) extracttest.Images {
		im.Drop = patterns
		return im
	}
	onBase := func(im extracttest.Images, entries ...lt.Entry) extracttest.Images {
		im.Base = append(im.Base, entries...)
		return im
	}
	squashed := func(user ...lt.Entry) extracttest.Images {
		return extracttest.Images{Base: base(), User: []extracttest.Layer{extracttest.Run("x", user...)}}
	}
	runScenarios(t, []scenario{
		{
			name:   "from a cold layer, with links and what that needs",
			Images: cold(pq, needs("site/c.so", "libpq.so.5", "libc.so.6")),
			want: `
needed usr/lib/x86_64-linux-gnu/libldap.so.2: DT_NEEDED of libpq.so.5.13 [usr/lib/x86_64-linux-gnu/libpq.so.5.13]
needed usr/lib/x86_64-linux-gnu/libpq.so.5: DT_NEEDED of c.so [site/c.so]
needed usr/lib/x86_64-linux-gnu/libpq.so.5.13: DT_NEEDED of c.so [site/c.so]`,
		},
		{
			name:   "from the user's layers",
			Images: cold(pq, append(pq, needs("site/c.so", "libpq.so.5"))...),
			want: `
needed usr/lib/x86_64-linux-gnu/libldap.so.2: DT_NEEDED of libpq.so.5.13 [usr/lib/x86_64-linux-gnu/libpq.so.5.13]
needed usr/lib/x86_64-linux-gnu/libpq.so.5: DT_NEEDED of c.so [site/c.so]
needed usr/lib/x86_64-linux-gnu/libpq.so.5.13: DT_NEEDED of c.so [site/c.so]`,
		},
		{
			name:   "the base has it",
			Images: onBase(cold(pq, needs("site/c.so", "libpq.so.5")), plain(arch+"libpq.so.5")),
		},
		{
			name:   "the base has one of another machine",
			Images: onBase(cold(pq, needs("site/c.so", "libpq.so.5")), other(arch+"libpq.so.5")),
			want: `
needed usr/lib/x86_64-linux-gnu/libldap.so.2: DT_NEEDED of libpq.so.5.13 [usr/lib/x86_64-linux-gnu/libpq.so.5.13]
needed usr/lib/x86_64-linux-gnu/libpq.so.5: DT_NEEDED of c.so [site/c.so]
needed usr/lib/x86_64-linux-gnu/libpq.so.5.13: DT_NEEDED of c.so [site/c.so]`,
		},
		{
			name:   "the base has something else of that name",
			Images: onBase(cold(pq, needs("site/c.so", "libpq.so.5")), lt.File(arch+"libpq.so.5", "text"), lt.Dir("usr/lib/libpq.so.5")),
			want: `
needed usr/lib/x86_64-linux-gnu/libldap.so.2: DT_NEEDED of libpq.so.5.13 [usr/lib/x86_64-linux-gnu/libpq.so.5.13]
needed usr/lib/x86_64-linux-gnu/libpq.so.5: DT_NEEDED of c.so [site/c.so]
needed usr/lib/x86_64-linux-gnu/libpq.so.5.13: DT_NEEDED of c.so [site/c.so]`,
		},
		{
			name:   "a kept file has it by RUNPATH",
			Images: cold(pq, lib("site/c.so", elftest.Spec{Needed: []string{"libpq.so.5"}, Runpath: "$ORIGIN/libs"}), plain("site/libs/libpq.so.5")),
		},
		{
			name:   "a kept file has it by RUNPATH and a link",
			Images: cold(nil, lib("site/c.so", elftest.Spec{Needed: []string{"libown.so"}, Runpath: "$ORIGIN/libs"}), lt.Symlink("site/libs/libown.so", "own.so"), needs("site/libs/own.so")),
		},
		{
			name:   "a kept one of another machine by RUNPATH",
			Images: cold(pq, lib("site/c.so", elftest.Spec{Needed: []string{"libpq.so.5"}, Runpath: "$ORIGIN/libs"}), other("site/libs/libpq.so.5")),
			want: `
needed usr/lib/x86_64-linux-gnu/libldap.so.2: DT_NEEDED of libpq.so.5.13 [usr/lib/x86_64-linux-gnu/libpq.so.5.13]
needed usr/lib/x86_64-linux-gnu/libpq.so.5: DT_NEEDED of c.so [site/c.so]
needed usr/lib/x86_64-linux-gnu/libpq.so.5.13: DT_NEEDED of c.so [site/c.so]`,
		},
		{
			name:   "one that is not kept by RUNPATH",
			Images: cold(pq, lib("site/c.so", elftest.Spec{Needed: []string{"libpq.so.5"}, Runpath: "/opt"}), plain("opt/libpq.so.5")),
			want: `
needed opt/libpq.so.5: DT_NEEDED of c.so [site/c.so]`,
		},
		{
			name:   "a private library that was loaded before",
			Images: cold(pq, needs("site/c.so", "libpq-1a2b.so.5"), plain("site/private/libpq-1a2b.so.5")),
		},
		{
			name:   "a private library by its soname",
			Images: cold(nil, needs("site/c.so", "libown.so.5"), lib("site/private/libown-1a2b.so.5", elftest.Spec{Soname: "libown.so.5"})),
		},
		{
			name:   "a private library of a name that the fat image has",
			Images: cold(pq, needs("site/c.so", "libpq.so.5"), plain("site/private/libpq.so.5")),
			want: `
needed usr/lib/x86_64-linux-gnu/libldap.so.2: DT_NEEDED of libpq.so.5.13 [usr/lib/x86_64-linux-gnu/libpq.so.5.13]
needed usr/lib/x86_64-linux-gnu/libpq.so.5: DT_NEEDED of c.so [site/c.so]
needed usr/lib/x86_64-linux-gnu/libpq.so.5.13: DT_NEEDED of c.so [site/c.so]`,
		},
		{
			name:   "a private library in a squashed image",
			Images: squashed(append(pq, needs("site/c.so", "libpq.so.5"), plain("site/private/libpq.so.5"))...),
			want: `
needed usr/lib/x86_64-linux-gnu/libldap.so.2: DT_NEEDED of libpq.so.5.13 [usr/lib/x86_64-linux-gnu/libpq.so.5.13]
needed usr/lib/x86_64-linux-gnu/libpq.so.5: DT_NEEDED of c.so [site/c.so]
needed usr/lib/x86_64-linux-gnu/libpq.so.5.13: DT_NEEDED of c.so [site/c.so]`,
		},
		{
			name:   "a private library in a squashed image that has no other",
			Images: squashed(needs("site/c.so", "libpq.so.5"), plain("site/private/libpq.so.5")),
		},
		{
			name: "the C library, the loader and the host's driver stay away",
			Images: cold([]lt.Entry{plain(arch + "libm.so.6"), plain(arch + "ld-linux-x86-64.so.2"), plain(arch + "libcuda.so.1"), plain(arch + "ld64.so.2")},
				needs("site/c.so", "libm.so.6", "ld-linux-x86-64.so.2", "libcuda.so.1", "ld64.so.2", "libnvidia-ml.so.1")),
		},
		{
			name:   "nobody has it",
			Images: cold(nil, needs("site/c.so", "libabsent.so.1")),
			want: `
missing-libraries: the image lacks 1 library (libabsent.so.1 for /site/c.so)`,
		},
		{
			name:   "nobody has two",
			Images: cold(nil, needs("site/c.so", "libb.so.1", "liba.so.1")),
			want: `
missing-libraries: the image lacks 2 libraries (liba.so.1 for /site/c.so, libb.so.1 for /site/c.so)`,
		},
		{
			name:   "LD_LIBRARY_PATH",
			Images: env(cold([]lt.Entry{plain("opt/l/libl.so")}, needs("site/c.so", "libl.so")), "LD_LIBRARY_PATH=/opt/l"),
			want: `
needed opt/l/libl.so: DT_NEEDED of c.so [site/c.so]`,
		},
		{
			name:   "ld.so.conf of the user's layers",
			Images: cold([]lt.Entry{plain("opt/o/libo.so")}, needs("site/c.so", "libo.so"), lt.File("etc/ld.so.conf.d/o.conf", "/opt/o\n")),
			want: `
needed opt/o/libo.so: DT_NEEDED of c.so [site/c.so]`,
		},
		{
			name:   "ld.so.conf of the base",
			Images: cold([]lt.Entry{plain("usr/local/lib/libo.so")}, needs("site/c.so", "libo.so")),
			want: `
needed usr/local/lib/libo.so: DT_NEEDED of c.so [site/c.so]`,
		},
		{
			name:   "the one that fits",
			Images: cold([]lt.Entry{other("usr/local/lib/libx.so"), lt.File(arch+"libx.so", "GROUP"), plain("usr/lib/libx.so")}, needs("site/c.so", "libx.so")),
			want: `
needed usr/lib/libx.so: DT_NEEDED of c.so [site/c.so]`,
		},
		{
			name:   "the user drops it",
			Images: drop(cold(pq, needs("site/c.so", "libmine.so"), plain("usr/local/lib/libmine.so")), "/usr/local/lib/libmine.so"),
			want: `
missing-libraries: the image lacks 1 library (libmine.so for /site/c.so)`,
		},
		{
			name:   "the user drops it from a cold layer",
			Images: drop(cold(pq, needs("site/c.so", "libpq.so.5")), "/"+arch+"libpq.so.*"),
			want: `
missing-libraries: the image lacks 1 library (libpq.so.5 for /site/c.so)`,
		},
		{
			name:   "the user drops its target",
			Images: drop(cold(pq, needs("site/c.so", "libpq.so.5")), "/"+arch+"libpq.so.5.13"),
			want: `
needed usr/lib/x86_64-linux-gnu/libpq.so.5: DT_NEEDED of c.so [site/c.so]
missing-libraries: the image lacks 1 library (libpq.so.5.13 for /site/c.so)`,
		},
		{
			name:   "links in a circle",
			Images: cold([]lt.Entry{lt.Symlink(arch+"libloop.so", "libloop.so")}, needs("site/c.so", "libloop.so")),
			want: `
missing-libraries: the image lacks 1 library (libloop.so for /site/c.so)`,
		},
		{
			name:   "a file that is not kept needs nothing",
			Images: cold(pq, needs("opt/c.so", "libpq.so.5")),
		},
		{
			name:   "the base's own is removed",
			Images: cold([]lt.Entry{plain(arch + "libgone.so")}, needs("site/c.so", "libgone.so")), needs: func(s *selection.State) []ecosystem.SystemNeed {
				s.Selection.Removals = append(s.Selection.Removals, selection.Removal{Path: arch + "libgone.so"})
				return nil
			},
			want: `
needed usr/lib/x86_64-linux-gnu/libgone.so: DT_NEEDED of c.so [site/c.so]`,
		},
		{
			name:   "the base's own of another path is removed",
			Images: onBase(cold(nil, needs("site/c.so", "libgone.so")), plain(arch+"libgone.so")), needs: func(s *selection.State) []ecosystem.SystemNeed {
				s.Selection.Removals = append(s.Selection.Removals, selection.Removal{Path: "usr/lib/libgone.so"})
				return nil
			},
		},
		{
			name:   "the base has it, and it is removed",
			Images: onBase(cold([]lt.Entry{plain(arch + "libgone.so")}, needs("site/c.so", "libgone.so")), plain(arch+"libgone.so")), needs: func(s *selection.State) []ecosystem.SystemNeed {
				for _, dir := range []string{arch, "lib/x86_64-linux-gnu/"} {
					s.Selection.Removals = append(s.Selection.Removals, selection.Removal{Path: dir + "libgone.so"})
				}
				return nil
			},
			want: `
needed usr/lib/x86_64-linux-gnu/libgone.so: DT_NEEDED of c.so [site/c.so]`,
		},
	})
}

// Which kept files bring their Debian package, and what of it is closed over.
func TestOwners(t *testing.T) {
	t.Parallel()
	tool := []lt.Entry{
		lt.File("var/lib/dpkg/status", "Package: tool\nStatus: install ok installed\nVersion: 1\n"), lt.File(info+"tool.list", "/usr/bin/tool\n/"+arch+"libtool.so\n"),
		needs("usr/bin/tool", "libx.so"), needs(arch+"libtool.so", "liby.so"), plain(arch + "libx.so"), plain(arch + "liby.so"),
	}
	keep := func(im extracttest.Images) extracttest.Images {
		im.Keep = []string{"/usr/bin/tool"}
		return im
	}
	runScenarios(t, []scenario{
		{
			name:   "a file of a cold layer",
			Images: cold(tool), keep: []string{"usr/bin/tool"}, rule: selection.NoRule,
			want: `
debian usr/lib/x86_64-linux-gnu/libtool.so: file of Debian package tool [tool.list]
needed usr/lib/x86_64-linux-gnu/libx.so: DT_NEEDED of tool [usr/bin/tool]
needed usr/lib/x86_64-linux-gnu/liby.so: DT_NEEDED of libtool.so [usr/lib/x86_64-linux-gnu/libtool.so]`,
		},
		{
			name:   "a file of the user's",
			Images: cold(nil, tool...), keep: []string{"usr/bin/tool"}, rule: selection.Directory,
			want: `
needed usr/lib/x86_64-linux-gnu/libx.so: DT_NEEDED of tool [usr/bin/tool]`,
		},
		{
			name:   "a file of the user's by a rule that brings packages",
			Images: cold(nil, tool...), keep: []string{"usr/bin/tool"}, rule: selection.Command,
			want: `
debian usr/lib/x86_64-linux-gnu/libtool.so: file of Debian package tool [tool.list]
needed usr/lib/x86_64-linux-gnu/libx.so: DT_NEEDED of tool [usr/bin/tool]
needed usr/lib/x86_64-linux-gnu/liby.so: DT_NEEDED of libtool.so [usr/lib/x86_64-linux-gnu/libtool.so]`,
		},
		{
			name:   "what the user says comes alone",
			Images: keep(cold(tool)), keep: []string{"usr/bin/tool"},
			want: `
needed usr/lib/x86_64-linux-gnu/libx.so: DT_NEEDED of tool [usr/bin/tool]`,
		},
		{
			name:   "a needed library brings its package",
			Images: cold(tool, needs("site/c.so", "libtool.so")),
			want: `
debian usr/bin/tool: file of Debian package tool [tool.list]
needed usr/lib/x86_64-linux-gnu/libtool.so: DT_NEEDED of c.so [site/c.so]
needed usr/lib/x86_64-linux-gnu/libx.so: DT_NEEDED of tool [usr/bin/tool]
needed usr/lib/x86_64-linux-gnu/liby.so: DT_NEEDED of libtool.so [usr/lib/x86_64-linux-gnu/libtool.so]`,
		},
	})
}
