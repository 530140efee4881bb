package extract_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/elftest"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// magic is a library that bullseye's fat images have and its slim ones lack.
func magic() []lt.Entry {
	return []lt.Entry{
		lt.Symlink(arch+"/libmagic.so.1", "libmagic.so.1.0.0"), lib(arch+"/libmagic.so.1.0.0", elftest.Spec{Soname: "libmagic.so.1", Needed: []string{"libz.so.1"}}),
		lib(arch+"/libz.so.1", elftest.Spec{Soname: "libz.so.1"}),
		lt.Symlink(arch+"/libglib-2.0.so", "libglib-2.0.so.0"), lib(arch+"/libglib-2.0.so.0", elftest.Spec{Soname: "libglib-2.0.so.0"}),
		lib(arch+"/libmine.so.1", elftest.Spec{Soname: "libmine.so.1"}), lib(arch+"/libMagickWand-6.Q16.so.6", elftest.Spec{Soname: "libMagickWand-6.Q16.so.6"}),
	}
}

func TestOpened(t *testing.T) {
	t.Parallel()
	loader := site + "/magic/loader.py"
	find := func(name string) string {
		return "from ctypes.util import find_library\nx = find_library('" + name + "')\n"
	}
	for _, c := range []struct {
		name string
		cold []lt.Entry
		user []lt.Entry
		want map[string]string // path to reason
	}{
		{
			name: "find_library takes the soname, with what it needs itself",
			cold: magic(), user: []lt.Entry{lt.File(loader, find("magic"))},
			want: map[string]string{
				arch + "/libmagic.so.1":     `opened: find_library("magic") in …/magic/loader.py:2`,
				arch + "/libmagic.so.1.0.0": `opened: find_library("magic") in …/magic/loader.py:2`,
				arch + "/libz.so.1":         "needed: DT_NEEDED of libmagic.so.1.0.0",
			},
		},
		{
			name: "the soname is not the link for compilers",
			cold: magic(), user: []lt.Entry{lt.File(loader, find("glib-2.0"))},
			want: map[string]string{arch + "/libglib-2.0.so.0": `opened: find_library("glib-2.0") in …/magic/loader.py:2`},
		},
		{
			name: "a name in the application's own source",
			cold: magic(), user: []lt.Entry{lt.File("app/main.py", "import ctypes\nfor n in ('libmagic.so.1', 'magic1.dll'):\n  ctypes.CDLL(n)\n")},
			want: map[string]string{
				arch + "/libmagic.so.1":     `opened: "libmagic.so.1" in /app/main.py:2`,
				arch + "/libmagic.so.1.0.0": `opened: "libmagic.so.1" in /app/main.py:2`,
				arch + "/libz.so.1":         "needed: DT_NEEDED of libmagic.so.1.0.0",
			},
		},
		{
			name: "a string of a library",
			cold: magic(), user: []lt.Entry{lib(site+"/m/_c.so", elftest.Spec{Needed: []string{"libc.so.6"}, Rodata: []string{"libglib-2.0.so.0", "libcuda.so.1", "libm.so.6"}})},
			want: map[string]string{arch + "/libglib-2.0.so.0": `opened: "libglib-2.0.so.0" among the strings of …/m/_c.so`},
		},
		{
			name: "a distribution that makes its names at run time",
			cold: magic(), user: []lt.Entry{lt.File(site+"/Wand-0.6.dist-info/RECORD", "wand/api.py,,\n")},
			want: map[string]string{arch + "/libMagickWand-6.Q16.so.6": "opened: Wand opens it"},
		},
		{
			name: "a library of the user's, by its path",
			user: []lt.Entry{
				lt.File("app/main.py", "import ctypes\nctypes.CDLL('/usr/lib/oracle/libclntsh.so.19.1')\n"),
				lib("usr/lib/oracle/libclntsh.so.19.1", needed()), lt.File("var/lib/dpkg/info/oracle.list", "/usr/lib/oracle/libclntsh.so.19.1\n"),
			},
			want: map[string]string{"usr/lib/oracle/libclntsh.so.19.1": `opened: CDLL("/usr/lib/oracle/libclntsh.so.19.1") in /app/main.py:2`},
		},
		{
			name: "what the base or the application has is there",
			user: []lt.Entry{
				lt.File("app/main.py", find("c")+"import ctypes\nctypes.CDLL('libc.so.6')\nctypes.CDLL('libown.so')\n"+find("local")),
				lib("app/libown.so", needed()), lib("usr/local/lib/liblocal.so.2", elftest.Spec{Soname: "liblocal.so.2"}),
			},
			cold: append(magic(), lib(arch+"/libown.so", needed()), lib(arch+"/liblocal.so.1", needed())),
		},
		{
			name: "the official image has no library of that name",
			cold: magic(), user: []lt.Entry{lt.File(loader, find("mine"))},
		},
		{
			name: "tests name libraries of all systems",
			cold: magic(), user: []lt.Entry{lt.File(site+"/magic/tests/test_a.py", find("magic")), lt.File("app/test_b.py", find("magic"))},
		},
		{
			name: "a library of another machine does not count",
			cold: []lt.Entry{lib(arch+"/libmagic.so.1", elftest.Spec{Machine: 183})}, user: []lt.Entry{lt.File(loader, find("magic"))},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, base := nativeScene(t, v1.Config{}, c.cold, c.user...)
			sel, err := extract.Select(t.Context(), in, base, selection.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, it := range sel.Items {
				if rule := it.Reason.Rule.Name; it.Verdict == selection.Kept && (rule == "opened" || rule == "needed") {
					got[it.Path] = rule + ": " + it.Reason.Text
				}
			}
			if c.want == nil {
				c.want = map[string]string{}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What no official image has is not looked for in its layers, which would be
// downloaded.
func TestColdLayersStayCold(t *testing.T) {
	t.Parallel()
	for name, entries := range map[string][]lt.Entry{
		"a library that is opened":    {lt.File("app/main.py", "from ctypes.util import find_library\nfind_library('gdal')\n")},
		"a wheel's private library":   {lib(site+"/m.libs/liba-1a2b.so.1", needed("libb-3c4d.so.1")), lib(site+"/m.libs/libb-3c4d.so.1", needed())},
		"a tool that a script calls":  {lt.Script("entrypoint.sh", "#!/bin/sh\nmytool; command -v other && other\n. ./absent.sh\n")},
		"a tool of the application's": {lt.File("app/main.py", "import os\nos.system('git pull')\n")},
	} {
		t.Run(name, func(t *testing.T) {
			in, base := nativeScene(t, v1.Config{Entrypoint: []string{"/entrypoint.sh"}}, nil, append([]lt.Entry{lt.Script("entrypoint.sh", "#!/bin/sh\n")}, entries...)...)
			stack, err := layers.NewStack(1, nil, func(context.Context, int) (*layers.Table, error) { return nil, errors.New("a cold layer was opened") })
			if err != nil {
				t.Fatal(err)
			}
			stack.Upper = in.Stack.Upper
			in.Stack = stack
			if _, err := extract.Select(t.Context(), in, base, selection.Options{}); err != nil {
				t.Error(err)
			}
		})
	}
}

// Plugins lie in packages of their own, and no literal names them.
func TestPlugins(t *testing.T) {
	t.Parallel()
	coders := arch + "/ImageMagick-6.9.11/modules-Q16/coders/"
	cold := []lt.Entry{
		lib(arch+"/libMagickCore-6.Q16.so.6", elftest.Spec{Soname: "libMagickCore-6.Q16.so.6"}), lib(arch+"/librsvg-2.so.2", elftest.Spec{Soname: "librsvg-2.so.2"}),
		lib(coders+"svg.so", needed("librsvg-2.so.2")), lib(coders+"gone.so", needed()), lt.File(coders+"svg.la", ""),
		lib(arch+"/sasl2/libplain.so", needed()), lt.File(arch+"/ImageMagick-6.9.11/other.txt", ""),
	}
	in, base := nativeScene(t, v1.Config{}, cold, lib(site+"/m/_c.so", needed("libMagickCore-6.Q16.so.6")), lt.Whiteout(coders+"gone.so"))
	sel, err := extract.Select(t.Context(), in, base, selection.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, it := range sel.Items {
		if it.Verdict == selection.Kept && it.Pos.Layer == 0 {
			got[it.Path] = it.Reason.Rule.Name + ": " + it.Reason.Text
		}
	}
	want := map[string]string{
		arch + "/libMagickCore-6.Q16.so.6": "needed: DT_NEEDED of _c.so",
		coders + "svg.so":                  "opened: plugin of libMagickCore-6.Q16.so.6",
		coders + "svg.la":                  "opened: plugin of libMagickCore-6.Q16.so.6",
		arch + "/librsvg-2.so.2":           "needed: DT_NEEDED of svg.so",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
