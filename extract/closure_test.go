package extract_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/elftest"
	"github.com/slimify/slimify/internal/ldcache"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

const arch = "usr/lib/x86_64-linux-gnu"

// lib is an ELF file as a listing's entry, its evidence what the capture gives.
func lib(name string, spec elftest.Spec) lt.Entry {
	return lt.File(name, string(elftest.Library(spec)))
}

// nativeScene is a scene whose layers are indexed with the real capture, on a
// base that has a C library, a Python and a loader's cache.
func nativeScene(t *testing.T, config v1.Config, cold []lt.Entry, user ...lt.Entry) (*selection.Image, *selection.Base) {
	t.Helper()
	cache := ldcache.Format([]ldcache.Entry{{Flags: 0x303, Name: "libc.so.6", Path: "/lib/x86_64-linux-gnu/libc.so.6"}})
	base := []lt.Entry{
		lt.Symlink("lib", "usr/lib"), lt.Symlink("bin", "usr/bin"), lt.Script("usr/bin/sh", "elf"),
		lib(arch+"/libc.so.6", elftest.Spec{Soname: "libc.so.6", DefVersions: []string{"GLIBC_2.31"}}),
		lib("usr/local/bin/python3.9", elftest.Spec{Needed: []string{"libc.so.6"}}),
		lt.File("etc/ld.so.cache", string(cache)), lt.File("etc/ld.so.conf.d/libc.conf", "# defaults\n/usr/local/lib\n/lib/x86_64-linux-gnu\n/usr/lib/x86_64-linux-gnu\n"),
		lt.File("var/lib/dpkg/status", "Package: libc6\nStatus: install ok installed\nVersion: 2.31\n"),
	}
	return capturedScene(t, config, base, cold, run("x", user...))
}

func needed(names ...string) elftest.Spec { return elftest.Spec{Needed: names} }

func TestClosure(t *testing.T) {
	t.Parallel()
	ext := site + "/m/_c.so"
	for _, c := range []struct {
		name   string
		config v1.Config
		cold   []lt.Entry
		user   []lt.Entry
		opts   selection.Options
		want   []string // added or kept by the rule "needed"
		warn   string
	}{
		{
			name: "a library of FAT's base, with its links and what it needs itself",
			cold: []lt.Entry{
				lt.Symlink(arch+"/libpq.so.5", "libpq.so.5.13"), lib(arch+"/libpq.so.5.13", elftest.Spec{Soname: "libpq.so.5", Needed: []string{"libldap.so.2", "libc.so.6"}}),
				lib(arch+"/libldap.so.2", elftest.Spec{Soname: "libldap.so.2", Needed: []string{"libpq.so.5"}}), lib(arch+"/libother.so.1", needed()),
			},
			user: []lt.Entry{lib(ext, needed("libpq.so.5", "libc.so.6"))},
			want: []string{arch + "/libpq.so.5", arch + "/libpq.so.5.13", arch + "/libldap.so.2"},
		},
		{
			name: "a library that a Debian package of the user's brought",
			user: []lt.Entry{
				lib(ext, needed("libpq.so.5")), lib(arch+"/libpq.so.5", needed()), lt.File("var/lib/dpkg/info/libpq5:amd64.list", "/lib/x86_64-linux-gnu/libpq.so.5\n"),
			},
			want: []string{arch + "/libpq.so.5"},
		},
		{
			name: "private libraries by $ORIGIN are in place already",
			user: []lt.Entry{
				lib(ext, elftest.Spec{Needed: []string{"libprivate-1a2b.so.1"}, Runpath: "$ORIGIN/../m.libs"}), lib(site+"/m.libs/libprivate-1a2b.so.1", needed("libc.so.6")),
			},
		},
		{
			name: "RPATH counts unless there is RUNPATH",
			cold: []lt.Entry{lib("opt/r/libr.so", needed())},
			user: []lt.Entry{lib(ext, elftest.Spec{Needed: []string{"libr.so"}, Rpath: "/opt/r"})},
			want: []string{"opt/r/libr.so"},
		},
		{
			name:   "LD_LIBRARY_PATH of the image",
			config: v1.Config{Env: []string{"LD_LIBRARY_PATH=/opt/l:relative"}},
			cold:   []lt.Entry{lib("opt/l/libl.so", needed())},
			user:   []lt.Entry{lib(ext, needed("libl.so"))},
			want:   []string{"opt/l/libl.so"},
		},
		{
			name: "a directory of the user's ld.so.conf.d",
			cold: []lt.Entry{lib("opt/oracle/libclntsh.so", needed())},
			user: []lt.Entry{lib(ext, needed("libclntsh.so")), lt.File("etc/ld.so.conf.d/oracle.conf", "/opt/oracle\n")},
			want: []string{"opt/oracle/libclntsh.so"},
		},
		{
			name: "a library of another machine does not count",
			cold: []lt.Entry{lib("lib/libx.so", elftest.Spec{Machine: 183}), lib(arch+"/libx.so", needed())},
			user: []lt.Entry{lib(ext, needed("libx.so"))},
			want: []string{arch + "/libx.so"},
		},
		{
			name: "the libraries of the C library never come from FAT",
			cold: []lt.Entry{lib(arch+"/libm.so.6", needed()), lib(arch+"/ld-linux-x86-64.so.2", needed())},
			user: []lt.Entry{lib(ext, needed("libm.so.6", "ld-linux-x86-64.so.2", "libc.so.6"))},
		},
		{
			name: "a warning for what FAT lacks too, but not for the host's driver",
			user: []lt.Entry{lib(ext, needed("libabsent.so.1", "libcuda.so.1"))},
			warn: "1 library (libabsent.so.1 for /" + ext + ")",
		},
		{
			name: "loaded before by another file of the package",
			user: []lt.Entry{lib(ext, needed("libbundled.so.1")), lib(site+"/nvidia/lib/libbundled.so.1", needed())},
		},
		{
			name: "--drop wins, with a warning",
			cold: []lt.Entry{lib(arch+"/libpq.so.5", needed())},
			user: []lt.Entry{lib(ext, needed("libmine.so")), lib("usr/local/lib/libmine.so", needed())},
			opts: selection.Options{Drop: patterns(t, "/usr/local/lib/libmine.so")},
			warn: "libmine.so",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, base := nativeScene(t, c.config, c.cold, c.user...)
			sel, err := extract.Select(t.Context(), in, base, c.opts)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, it := range sel.Items {
				if it.Reason.Rule.Name == "needed" {
					got = append(got, it.Path)
					if it.Verdict != selection.Kept || it.Reason.From == "" {
						t.Errorf("/%s: %v, from %q", it.Path, it.Verdict, it.Reason.From)
					}
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("closure (-want +got):\n%s", diff)
			}
			warning := ""
			for _, w := range sel.Warnings {
				if w.Code == "missing-libraries" {
					warning = w.Message
				}
			}
			if !strings.Contains(warning, c.warn) || c.warn == "" && warning != "" {
				t.Errorf("warning %q, want one that says %q", warning, c.warn)
			}
		})
	}
}

// A symbol version that the base's library lacks is fatal if FAT's has it, and a warning
// if the file never loaded in FAT either.
func TestClosureVersions(t *testing.T) {
	t.Parallel()
	ext := lib(site+"/m/_c.so", elftest.Spec{
		Needed: []string{"libc.so.6"}, NeedVersions: map[string][]string{"libc.so.6": {"GLIBC_2.31", "GLIBC_2.34"}},
	})
	newer := []lt.Entry{lib(arch+"/libc.so.6", elftest.Spec{Soname: "libc.so.6", DefVersions: []string{"GLIBC_2.31", "GLIBC_2.34"}})}
	in, base := nativeScene(t, v1.Config{}, newer, ext)
	_, err := extract.Select(t.Context(), in, base, selection.Options{})
	var mismatch *official.MismatchError
	if !errors.As(err, &mismatch) || !strings.Contains(mismatch.What, "GLIBC_2.34") || !strings.Contains(mismatch.Fat, "_c.so") {
		t.Errorf("error %v, want one that names the version and the file", err)
	}
	older := []lt.Entry{lib(arch+"/libc.so.6", elftest.Spec{Soname: "libc.so.6", DefVersions: []string{"GLIBC_2.31"}})}
	in, base = nativeScene(t, v1.Config{}, older, ext)
	sel, err := extract.Select(t.Context(), in, base, selection.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(sel.Warnings) != 1 || !strings.Contains(sel.Warnings[0].Message, "GLIBC_2.34 of libc.so.6") {
		t.Errorf("warnings %v, want one that names the version", sel.Warnings)
	}
}

// The slim images' _tkinter lacks its libraries: who imports it gets them.
func TestLeanStandardLibrary(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{"import os\nimport tkinter.ttk as ttk\n": "file", "import os  # not tkinter\n": ""} {
		in, base := nativeScene(t, v1.Config{WorkingDir: "/app"}, []lt.Entry{lib(arch+"/libtk8.6.so", needed("libtcl8.6.so")), lib(arch+"/libtcl8.6.so", needed())},
			lt.File("app/main.py", source))
		base.Runtime = selection.Runtime{Version: "3.9.2"}
		if err := base.Tree.Apply(1, capturedTable(t, lib("usr/local/lib/python3.9/lib-dynload/_tkinter.cpython-39.so", needed("libtk8.6.so")))); err != nil {
			t.Fatal(err)
		}
		got, _ := contents(t, in, base, selection.Options{})
		for _, name := range []string{arch + "/libtk8.6.so", arch + "/libtcl8.6.so"} {
			if got[name] != want {
				t.Errorf("%q: /%s is written as %q, want %q", source, name, got[name], want)
			}
		}
	}
}

// Modules of the standard library that read a file of the system get it.
func TestReadModules(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{"import mimetypes\n": "file", "import json\n": ""} {
		in, base := nativeScene(t, v1.Config{WorkingDir: "/app"}, []lt.Entry{
			status("media-types"), lt.File("etc/mime.types", "text/css css"), lt.File(info+"media-types.list", "/etc/mime.types\n"),
		}, lt.File("app/main.py", source))
		got, sel := contents(t, in, base, selection.Options{})
		if got["etc/mime.types"] != want || (len(sel.Packages) == 1) != (want != "") {
			t.Errorf("%q: /etc/mime.types is written as %q with packages %v, want %q", source, got["etc/mime.types"], sel.Packages, want)
		}
	}
}

// Libraries in directories that ldconfig scans are found through the cache
// alone: it is the base's, with those added.
func TestLoaderCache(t *testing.T) {
	t.Parallel()
	in, base := nativeScene(t, v1.Config{},
		[]lt.Entry{lt.Symlink(arch+"/libpq.so.5", "libpq.so.5.13"), lib(arch+"/libpq.so.5.13", elftest.Spec{Soname: "libpq.so.5"})},
		lib(site+"/m/_c.so", needed("libpq.so.5")), lib("usr/local/lib/libown.so.2.1", elftest.Spec{Soname: "libown.so.2"}), lib("opt/elsewhere/libx.so", needed()))
	sel, err := extract.Select(t.Context(), in, base, selection.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range plan.New(sel, base).Layers {
		for _, w := range l.Writes {
			if w.Entry.Name != "etc/ld.so.cache" {
				continue
			}
			got, err := ldcache.Parse(w.Content)
			if err != nil {
				t.Fatal(err)
			}
			want := []ldcache.Entry{
				{Flags: 0x303, Name: "libpq.so.5", Path: "/" + arch + "/libpq.so.5"},
				{Flags: 0x303, Name: "libown.so.2", Path: "/usr/local/lib/libown.so.2.1"},
				{Flags: 0x303, Name: "libc.so.6", Path: "/lib/x86_64-linux-gnu/libc.so.6"},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("cache (-want +got):\n%s", diff)
			}
			return
		}
	}
	t.Error("no cache was written")
}

// capturedTable indexes a listing with the real capture.
func capturedTable(t *testing.T, entries ...lt.Entry) *layers.Table {
	t.Helper()
	table, err := layers.Index(bytes.NewReader(lt.Tar(entries...)), extract.NewCapturer(nil).Capture, layers.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return table
}
