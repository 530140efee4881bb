// Package verifytest has an image that works, and runs the checks on what is left of
// it after something is removed.
package verifytest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"path"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/internal/elftest"
	"github.com/slimify/slimify/internal/ldcache"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// Places of the image.
const (
	Lib  = "usr/lib/x86_64-linux-gnu"
	Py   = "usr/local/lib/python3.9"
	Site = Py + "/site-packages"
	ABI  = ".cpython-39-x86_64-linux-gnu.so" // the suffix of extension modules
)

// table indexes a listing with the capturer of slimify.
func table(t *testing.T, entries ...lt.Entry) *layers.Table {
	t.Helper()
	out, err := layers.Index(bytes.NewReader(lt.Tar(entries...)), extract.NewCapturer(nil).Capture, layers.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Merge merges layers, lowest first.
func Merge(t *testing.T, listings ...[]lt.Entry) *layers.Tree {
	t.Helper()
	tree := layers.NewTree()
	for i, l := range listings {
		if err := tree.Apply(i, table(t, l...)); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

// Library is a shared library. Its soname is its file name, unless it is an extension
// module.
func Library(name string, spec elftest.Spec) lt.Entry {
	if spec.Soname == "" && !strings.HasSuffix(name, ABI) {
		spec.Soname = path.Base(name)
	}
	return lt.File(name, string(elftest.Library(spec)))
}

// Program is an executable that needs libc and other libraries.
func Program(name string, needed ...string) lt.Entry {
	return lt.Script(name, string(elftest.Library(elftest.Spec{Interp: "/lib64/ld-linux-x86-64.so.2", Needed: append(needed, "libc.so.6")})))
}

// Cache is a loader cache that lists libraries by their paths.
func Cache(libraries ...string) lt.Entry {
	var entries []ldcache.Entry
	for _, l := range libraries {
		entries = append(entries, ldcache.Entry{Flags: 0x303, Name: path.Base(l), Path: l})
	}
	return lt.File("etc/ld.so.cache", string(ldcache.Format(entries)))
}

// System is the layer of an official image: it stays cold in [Original].
func System() []lt.Entry {
	return []lt.Entry{
		lt.Dir("usr"), lt.Symlink("lib", "usr/lib"), lt.Symlink("bin", "usr/bin"), lt.Symlink("lib64", "usr/lib64"),
		Library(Lib+"/libc.so.6", elftest.Spec{DefVersions: []string{"GLIBC_2.17", "GLIBC_2.31"}}),
		lt.Script("usr/lib64/ld-linux-x86-64.so.2", string(elftest.Library(elftest.Spec{}))),
		Library(Lib+"/libpq.so.5", elftest.Spec{Needed: []string{"libc.so.6"}, DefVersions: []string{"PQ_5"}}),
		Library("usr/local/lib/libpython3.9.so.1.0", elftest.Spec{Needed: []string{"libc.so.6"}}),
		lt.File("etc/ld.so.conf.d/libc.conf", "/usr/local/lib\n"),
		lt.File("etc/ld.so.conf.d/x86_64-linux-gnu.conf", "# Multiarch\n/lib/x86_64-linux-gnu\n/usr/lib/x86_64-linux-gnu\n"),
		Cache("/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libpq.so.5", "/usr/local/lib/libpython3.9.so.1.0"),
		Program("usr/bin/dash"), lt.Symlink("usr/bin/sh", "dash"), Program("usr/bin/env"), Program("usr/bin/perl"), Program("usr/bin/curl"),
		Program("usr/local/bin/python3.9", "libpython3.9.so.1.0"), lt.Symlink("usr/local/bin/python", "python3.9"),
		lt.File(Py+"/os.py", ""), lt.File(Py+"/json/__init__.py", ""), lt.File(Py+"/tkinter/__init__.py", ""),
		lt.File(Py+"/lib-dynload/math"+ABI, string(elftest.Library(elftest.Spec{Needed: []string{"libc.so.6"}}))),
		lt.File(Py+"/lib-dynload/_tkinter"+ABI, string(elftest.Library(elftest.Spec{Needed: []string{"libtk8.6.so", "libc.so.6"}}))),
		Library(Lib+"/libtk8.6.so", elftest.Spec{}), lt.File(Site+"/setuptools/__init__.py", ""),
		lt.File("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"), lt.File("etc/group", "root:x:0:\n"),
		lt.File("var/lib/dpkg/status", "Package: libpq5\nStatus: install ok installed\nVersion: 13\n\nPackage: dash\nStatus: install ok installed\nVersion: 1\n"),
		lt.File("var/lib/dpkg/info/libpq5:amd64.list", "/.\n/usr/lib/x86_64-linux-gnu/libpq.so.5\n/usr/lib/x86_64-linux-gnu/libtk8.6.so\n/usr/share/doc/dangling\n"),
		lt.File("var/lib/dpkg/info/dash.list", "/.\n/bin/dash\n/bin/sh\n"),
		lt.Symlink("usr/share/doc/dangling", "gone.gz"), lt.Symlink("etc/alternatives/x.1.gz", "/usr/share/man/x.1.gz"),
	}
}

// record is a RECORD of some files and of one that does not exist.
func record(files ...lt.Entry) string {
	out := "psycopg2/gone-with-the-wheel.pyc,,\n"
	for _, f := range files {
		sum := sha256.Sum256([]byte(f.Content))
		out += fmt.Sprintf("%s,sha256=%s,%d\n", strings.TrimPrefix(f.Name, Site+"/"), base64.RawURLEncoding.EncodeToString(sum[:]), len(f.Content))
	}
	return out
}

// User is the layer that the user built on [System].
func User() []lt.Entry {
	init := lt.File(Site+"/psycopg2/__init__.py", "from psycopg2._psycopg import connect\n")
	native := lt.Script(Site+"/psycopg2/_psycopg"+ABI, string(elftest.Library(elftest.Spec{
		Needed: []string{"libpq.so.5", "libc.so.6", "libcuda.so.1"}, NeedVersions: map[string][]string{"libc.so.6": {"GLIBC_2.31"}, "libpq.so.5": {"PQ_5"}},
	})))
	return []lt.Entry{
		init, native, lt.File(Site+"/psycopg2-2.9.dist-info/RECORD", record(init, native)),
		lt.File(Site+"/local.pth", "# sources\n/src\nimport sys\n"), lt.File("src/editable/__init__.py", ""),
		lt.Script("usr/local/bin/serve", "#!/usr/local/bin/python3.9\nfrom psycopg2 import connect\n"),
		lt.Script("app/run.pl", "#!/usr/bin/env perl\n"), lt.Script("app/tool.rb", "#!/opt/ruby/bin/ruby\n"), Program("opt/ruby/bin/ruby"),
		lt.File("app/app.py", "import os, json, sys, math\nimport psycopg2, editable\nimport helpers.text\nfrom helpers import text, VERSION\n"+
			"try:\n    import fast\nexcept ImportError:\n    fast = None\n\n\ndef later():\n    import pandas\n"),
		lt.File("app/helpers/__init__.py", "from . import text\nVERSION = 1\n"), lt.File("app/helpers/text.py", "import os.path\n"),
		lt.File("app/fast.py", ""), lt.File("app/setup.py", "from setuptools import setup, find_packages\ntry:\n    import setuptools.absent\nexcept ImportError:\n    pass\n"), lt.File("app/window.py", "import tkinter\n"),
		lt.Symlink("app/current", "/srv/releases/1"), lt.File("srv/releases/1/x", ""), lt.Symlink("app/log", "/dev/stdout"), lt.Symlink("app/never", "/mnt/absent"),
		lt.File("etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/app:/bin/sh\n"),
	}
}

// Config is the configuration of the image, changed unless change is nil.
func Config(change func(*v1.Config)) *v1.Config {
	c := &v1.Config{
		Env: []string{"PATH=/usr/local/bin:/usr/bin:/bin"}, WorkingDir: "/app", Cmd: []string{"python", "-u", "app.py"}, User: "app:root",
		Healthcheck: &v1.HealthConfig{Test: []string{"CMD-SHELL", "curl -f http://localhost || exit 1"}},
	}
	if change != nil {
		change(c)
	}
	return c
}

// Original is the image as it works. opened counts how often its cold layer is read.
func Original(t *testing.T, c *v1.Config, opened *int) *check.Image {
	t.Helper()
	s, err := layers.NewStack(1,
		func(tree *layers.Tree) error { return tree.Assume("lib", "usr/lib") },
		func(context.Context, int) (*layers.Table, error) {
			*opened++
			return table(t, System()...), nil
		})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Upper.Apply(1, table(t, User()...)); err != nil {
		t.Fatal(err)
	}
	return &check.Image{Config: c, Stack: s}
}
