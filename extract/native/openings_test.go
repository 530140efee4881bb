package native_test

import (
	"debug/elf"
	"strings"
	"testing"

	"github.com/slimify/slimify/internal/elftest"
	"github.com/slimify/slimify/internal/extracttest"
	lt "github.com/slimify/slimify/layers/layertest"
)

// magic is a library that fat images have, with names for it.
func magic() []lt.Entry {
	return []lt.Entry{
		lt.Symlink(arch+"libmagic.so", "libmagic.so.1"), lt.Symlink(arch+"libmagic.so.1", "libmagic.so.1.0.0"), lib(arch+"libmagic.so.1.0.0", elftest.Spec{Soname: "libmagic.so.1", Needed: []string{"libz.so.1"}}), plain(arch + "libz.so.1"),
	}
}

// Which libraries come along for the names that files hold.
func TestOpenings(t *testing.T) {
	t.Parallel()
	onBase := func(im extracttest.Images, entries ...lt.Entry) extracttest.Images {
		im.Base = append(im.Base, entries...)
		return im
	}
	runScenarios(t, []scenario{
		{
			name:   "a soname",
			Images: cold(magic(), opener("app/x.source", "libmagic.so.1")),
			want: `
opened usr/lib/x86_64-linux-gnu/libmagic.so.1: open libmagic.so.1 in /app/x.source:1 [app/x.source]
opened usr/lib/x86_64-linux-gnu/libmagic.so.1.0.0: open libmagic.so.1 in /app/x.source:1 [app/x.source]
needed usr/lib/x86_64-linux-gnu/libz.so.1: DT_NEEDED of libmagic.so.1.0.0 [usr/lib/x86_64-linux-gnu/libmagic.so.1.0.0]`,
		},
		{
			name:   "a pattern, of whose names the soname is taken",
			Images: cold(magic(), opener("app/x.source", "libmagic.so*")),
			want: `
opened usr/lib/x86_64-linux-gnu/libmagic.so.1: open libmagic.so* in /app/x.source:1 [app/x.source]
opened usr/lib/x86_64-linux-gnu/libmagic.so.1.0.0: open libmagic.so* in /app/x.source:1 [app/x.source]
needed usr/lib/x86_64-linux-gnu/libz.so.1: DT_NEEDED of libmagic.so.1.0.0 [usr/lib/x86_64-linux-gnu/libmagic.so.1.0.0]`,
		},
		{
			name:   "a link for compilers, which no official image has",
			Images: cold(magic(), opener("app/x.source", "libmagic.so")),
		},
		{
			name:   "a pattern and other files that match it",
			Images: cold([]lt.Entry{lt.File(arch+"libmagic.so.conf", ""), lt.File(arch+"libmagic.so.1", "text"), other(arch + "libmagic.so.2"), lib(arch+"libmagic.so.3", elftest.Spec{}), plain(arch + "libmagic.so.4")}, opener("app/x.source", "libmagic.so*")),
			want: `
opened usr/lib/x86_64-linux-gnu/libmagic.so.3: open libmagic.so* in /app/x.source:1 [app/x.source]`,
		},
		{
			name:   "links alone whose soname is elsewhere",
			Images: cold([]lt.Entry{lt.Symlink(arch+"libmagic.so.7", "x/libm.so"), lt.Symlink(arch+"libmagic.so.8", "x/libm.so"), lib(arch+"x/libm.so", elftest.Spec{Soname: "libelse.so"})}, opener("app/x.source", "libmagic.so*")),
			want: `
opened usr/lib/x86_64-linux-gnu/libmagic.so.7: open libmagic.so* in /app/x.source:1 [app/x.source]
opened usr/lib/x86_64-linux-gnu/x/libm.so: open libmagic.so* in /app/x.source:1 [app/x.source]`,
		},
		{
			name:   "a link that leads nowhere",
			Images: cold([]lt.Entry{lt.Symlink(arch+"libmagic.so.1", "absent"), plain("usr/lib/libmagic.so.1")}, opener("app/x.source", "libmagic.so.1")),
			want: `
opened usr/lib/libmagic.so.1: open libmagic.so.1 in /app/x.source:1 [app/x.source]`,
		},
		{
			name:   "a pattern and a file without a name before the end",
			Images: cold(nil, opener("app/x.source", "/opt/.*"), lib("opt/.so.1", elftest.Spec{}), lib("opt/.so", elftest.Spec{})),
		},
		{
			name:   "a string of a library",
			Images: cold(magic(), lib("site/c.so", elftest.Spec{Rodata: []string{"libmagic.so.1", "libcuda.so.1", "libm.so.6"}})),
			want: `
opened usr/lib/x86_64-linux-gnu/libmagic.so.1: "libmagic.so.1" among the strings of /site/c.so [site/c.so]
opened usr/lib/x86_64-linux-gnu/libmagic.so.1.0.0: "libmagic.so.1" among the strings of /site/c.so [site/c.so]
needed usr/lib/x86_64-linux-gnu/libz.so.1: DT_NEEDED of libmagic.so.1.0.0 [usr/lib/x86_64-linux-gnu/libmagic.so.1.0.0]`,
		},
		{
			name:   "the table of a package manager",
			Images: cold(magic(), lt.File("site/magic.package", "")),
			want: `
opened usr/lib/x86_64-linux-gnu/libmagic.so.1: site/magic opens it [site/magic.package]
opened usr/lib/x86_64-linux-gnu/libmagic.so.1.0.0: site/magic opens it [site/magic.package]
needed usr/lib/x86_64-linux-gnu/libz.so.1: DT_NEEDED of libmagic.so.1.0.0 [usr/lib/x86_64-linux-gnu/libmagic.so.1.0.0]`,
		},
		{
			name:   "a path",
			Images: cold(nil, opener("app/x.source", "/opt/x/liba.so", "/opt/liba.so"), plain("opt/x/liba.so"), plain(arch+"liba.so")),
			want: `
opened opt/x/liba.so: open /opt/x/liba.so in /app/x.source:1 [app/x.source]`,
		},
		{
			name:   "tests",
			Images: cold(magic(), opener("app/tests/x.source", "libmagic.so.1"), opener("app/test_x.source", "libmagic.so.1")),
		},
		{
			name:   "the C library and the host's driver",
			Images: cold([]lt.Entry{plain(arch + "libm.so.6"), plain(arch + "libcuda.so.1"), plain(arch + "libc.so.7"), plain(arch + "libpthread.so.0")}, opener("app/x.source", "libm.so.6", "libcuda.so.1", "libpthread.so*", "libc.so*")),
		},
		{
			name:   "the base has a library of the pattern",
			Images: onBase(cold(magic(), opener("app/x.source", "libmagic.so*")), plain(arch+"libmagic.so.2")),
		},
		{
			name:   "the base has another machine's",
			Images: onBase(cold(magic(), opener("app/x.source", "libmagic.so*")), other(arch+"libmagic.so.2")),
			want: `
opened usr/lib/x86_64-linux-gnu/libmagic.so.1: open libmagic.so* in /app/x.source:1 [app/x.source]
opened usr/lib/x86_64-linux-gnu/libmagic.so.1.0.0: open libmagic.so* in /app/x.source:1 [app/x.source]
needed usr/lib/x86_64-linux-gnu/libz.so.1: DT_NEEDED of libmagic.so.1.0.0 [usr/lib/x86_64-linux-gnu/libmagic.so.1.0.0]`,
		},
		{
			name:   "a kept file has it",
			Images: cold(magic(), opener("app/x.source", "libmagic.so*"), plain("usr/local/lib/libmagic.so.3")), keep: []string{"usr/local/lib/libmagic.so.3"},
		},
		{
			name:   "a private one",
			Images: cold(magic(), opener("app/x.source", "libmagic.so.1"), plain("site/private/libmagic.so.1")),
		},
		{
			name:   "the user's layers have it",
			Images: cold(magic(), opener("app/x.source", "libown.so*"), plain("usr/local/lib/libown.so.3")),
			want: `
opened usr/local/lib/libown.so.3: open libown.so* in /app/x.source:1 [app/x.source]`,
		},
		{
			name:   "the user's own of a name that the fat image has",
			Images: cold(magic(), opener("app/x.source", "libmagic.so*"), plain("usr/local/lib/libmagic.so.3")),
			want: `
opened usr/local/lib/libmagic.so.3: open libmagic.so* in /app/x.source:1 [app/x.source]`,
		},
		{
			name:   "a second-best of the user's before the cold ones",
			Images: cold(magic(), opener("app/x.source", "libmagic.so*"), lib("usr/local/lib/libmagic.so.3", elftest.Spec{Soname: "libold.so"})),
			want: `
opened usr/local/lib/libmagic.so.3: open libmagic.so* in /app/x.source:1 [app/x.source]`,
		},
		{
			name:   "a pattern for which no official image has a library",
			Images: cold([]lt.Entry{plain(arch + "libmine.so.1")}, opener("app/x.source", "libmine.so*")),
		},
		{
			name:   "in a squashed image",
			Images: extracttest.Images{Base: base(), User: []extracttest.Layer{extracttest.Run("x", append(magic(), opener("app/x.source", "libmagic.so.1"))...)}},
			want: `
opened usr/lib/x86_64-linux-gnu/libmagic.so.1: open libmagic.so.1 in /app/x.source:1 [app/x.source]
opened usr/lib/x86_64-linux-gnu/libmagic.so.1.0.0: open libmagic.so.1 in /app/x.source:1 [app/x.source]
needed usr/lib/x86_64-linux-gnu/libz.so.1: DT_NEEDED of libmagic.so.1.0.0 [usr/lib/x86_64-linux-gnu/libmagic.so.1.0.0]`,
		},
		{
			name:   "in the lowest layer",
			Images: extracttest.Images{Base: base(), Cold: [][]lt.Entry{magic(), {lt.File("x", "")}}, User: []extracttest.Layer{extracttest.Run("x", opener("app/x.source", "libmagic.so.1"))}},
			want: `
opened usr/lib/x86_64-linux-gnu/libmagic.so.1: open libmagic.so.1 in /app/x.source:1 [app/x.source]
opened usr/lib/x86_64-linux-gnu/libmagic.so.1.0.0: open libmagic.so.1 in /app/x.source:1 [app/x.source]
needed usr/lib/x86_64-linux-gnu/libz.so.1: DT_NEEDED of libmagic.so.1.0.0 [usr/lib/x86_64-linux-gnu/libmagic.so.1.0.0]`,
		},
	})
}

// Sources load what the platform of the image has.
func TestMachines(t *testing.T) {
	t.Parallel()
	for platform, c := range map[string]struct {
		machine elf.Machine
		dir     string
	}{
		"arm64": {elf.EM_AARCH64, "aarch64-linux-gnu"}, "ppc64le": {elf.EM_PPC64, "powerpc64le-linux-gnu"}, "s390x": {elf.EM_S390, "s390x-linux-gnu"},
		"riscv64": {elf.EM_RISCV, "riscv64-linux-gnu"}, "amd64": {elf.EM_X86_64, "x86_64-linux-gnu"},
	} {
		t.Run(platform, func(t *testing.T) {
			t.Parallel()
			name := "usr/lib/" + c.dir + "/libmagic.so.1"
			im := cold([]lt.Entry{lib("usr/lib/libmagic.so.1", elftest.Spec{Machine: elf.EM_MIPS}), lib(name, elftest.Spec{Machine: c.machine})}, opener("app/x.source", "libmagic.so.1"))
			im.Arch = platform
			sc := scenario{Images: im}
			s, err := sc.run(t)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := outcome(s), "opened "+name+": "; !strings.HasPrefix(got, want) {
				t.Errorf("outcome %q, want %q", got, want)
			}
		})
	}
}

// Plugins of libraries come along.
func TestPlugins(t *testing.T) {
	t.Parallel()
	modules := arch + "ImageMagick-6/modules-Q16/coders/"
	magick := []lt.Entry{
		plain(arch + "libMagickCore-6.so.6"), needs(modules+"svg.so", "librsvg.so.2"), plain(arch + "librsvg.so.2"), lt.File(modules+"svg.la", ""), plain(modules + "gone.so"), lt.Dir(modules + "dir"),
		lt.File(arch+"A/b", ""), lt.File(arch+"ImageMagick-6/other.txt", ""), lt.File(arch+"ImageMagick-6/config/a/b", ""), plain(arch + "sasl2/libplain.so"), lt.Dir(arch + "ImageMagick-6/modules-Q16/empty"),
	}
	gdk := []lt.Entry{
		plain(arch + "libgdk_pixbuf-2.0.so.0"), plain(arch + "gdk-pixbuf-2.0/2.10.0/loaders/png.so"), lt.File(arch+"gdk-pixbuf-2.0/2.10.0/loaders.cache", ""), lt.File(arch+"gdk-pixbuf-2.0/2.10.0/loaders/png.txt", ""),
	}
	user := needs("site/c.so", "libMagickCore-6.so.6")
	runScenarios(t, []scenario{
		{
			name:   "of a needed library",
			Images: cold(magick, user, lt.Whiteout(modules+"gone.so")),
			want: `
opened usr/lib/x86_64-linux-gnu/ImageMagick-6/modules-Q16/coders/svg.la: plugin of libMagickCore-6.so.6 [usr/lib/x86_64-linux-gnu/libMagickCore-6.so.6]
opened usr/lib/x86_64-linux-gnu/ImageMagick-6/modules-Q16/coders/svg.so: plugin of libMagickCore-6.so.6 [usr/lib/x86_64-linux-gnu/libMagickCore-6.so.6]
needed usr/lib/x86_64-linux-gnu/libMagickCore-6.so.6: DT_NEEDED of c.so [site/c.so]
needed usr/lib/x86_64-linux-gnu/librsvg.so.2: DT_NEEDED of svg.so [usr/lib/x86_64-linux-gnu/ImageMagick-6/modules-Q16/coders/svg.so]`,
		},
		{
			name:   "by two patterns",
			Images: cold(gdk, needs("site/c.so", "libgdk_pixbuf-2.0.so.0")),
			want: `
opened usr/lib/x86_64-linux-gnu/gdk-pixbuf-2.0/2.10.0/loaders.cache: plugin of libgdk_pixbuf-2.0.so.0 [usr/lib/x86_64-linux-gnu/libgdk_pixbuf-2.0.so.0]
opened usr/lib/x86_64-linux-gnu/gdk-pixbuf-2.0/2.10.0/loaders/png.so: plugin of libgdk_pixbuf-2.0.so.0 [usr/lib/x86_64-linux-gnu/libgdk_pixbuf-2.0.so.0]
needed usr/lib/x86_64-linux-gnu/libgdk_pixbuf-2.0.so.0: DT_NEEDED of c.so [site/c.so]`,
		},
		{
			name:   "in a layer above the library's",
			Images: extracttest.Images{Base: base(), Cold: [][]lt.Entry{{plain(modules + "below.so")}, magick[:1], {plain(modules + "above.so")}}, User: []extracttest.Layer{extracttest.Run("x", user, plain(modules+"user.so"))}},
			want: `
opened usr/lib/x86_64-linux-gnu/ImageMagick-6/modules-Q16/coders/above.so: plugin of libMagickCore-6.so.6 [usr/lib/x86_64-linux-gnu/libMagickCore-6.so.6]
opened usr/lib/x86_64-linux-gnu/ImageMagick-6/modules-Q16/coders/user.so: plugin of libMagickCore-6.so.6 [usr/lib/x86_64-linux-gnu/libMagickCore-6.so.6]
needed usr/lib/x86_64-linux-gnu/libMagickCore-6.so.6: DT_NEEDED of c.so [site/c.so]`,
		},
		{
			name:   "not of a file whose name only begins so",
			Images: cold(magick, needs("site/libMagickCore-6.conf", "libc.so.6"), lt.Dir("site/ImageMagick-6"), plain("site/ImageMagick-6/modules-Q/x/x")),
		},
		{
			name:   "in circles",
			Images: cold(append(magick, lt.Symlink(modules+"loop.so", "loop.so")), user),
			want: `
opened usr/lib/x86_64-linux-gnu/ImageMagick-6/modules-Q16/coders/gone.so: plugin of libMagickCore-6.so.6 [usr/lib/x86_64-linux-gnu/libMagickCore-6.so.6]
opened usr/lib/x86_64-linux-gnu/ImageMagick-6/modules-Q16/coders/loop.so: plugin of libMagickCore-6.so.6 [usr/lib/x86_64-linux-gnu/libMagickCore-6.so.6]
opened usr/lib/x86_64-linux-gnu/ImageMagick-6/modules-Q16/coders/svg.la: plugin of libMagickCore-6.so.6 [usr/lib/x86_64-linux-gnu/libMagickCore-6.so.6]
opened usr/lib/x86_64-linux-gnu/ImageMagick-6/modules-Q16/coders/svg.so: plugin of libMagickCore-6.so.6 [usr/lib/x86_64-linux-gnu/libMagickCore-6.so.6]
needed usr/lib/x86_64-linux-gnu/libMagickCore-6.so.6: DT_NEEDED of c.so [site/c.so]
needed usr/lib/x86_64-linux-gnu/librsvg.so.2: DT_NEEDED of svg.so [usr/lib/x86_64-linux-gnu/ImageMagick-6/modules-Q16/coders/svg.so]`,
		},
	})
}
