package verify_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/verify"
	"github.com/slimify/slimify/internal/elftest"
	"github.com/slimify/slimify/internal/ldcache"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

const (
	lib  = "usr/lib/x86_64-linux-gnu"
	py   = "usr/local/lib/python3.9"
	site = py + "/site-packages"
	abi  = ".cpython-39-x86_64-linux-gnu.so"
)

// table indexes a listing with the capture that assemble uses.
func table(t *testing.T, entries ...lt.Entry) *layers.Table {
	t.Helper()
	out, err := layers.Index(bytes.NewReader(lt.Tar(entries...)), extract.NewCapturer(nil).Capture, layers.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// merge merges listings, lowest first.
func merge(t *testing.T, listings ...[]lt.Entry) *layers.Tree {
	t.Helper()
	tree := layers.NewTree()
	for i, l := range listings {
		if err := tree.Apply(i, table(t, l...)); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

func library(name string, spec elftest.Spec) lt.Entry {
	if spec.Soname == "" && !strings.HasSuffix(name, abi) {
		spec.Soname = name[strings.LastIndexByte(name, '/')+1:]
	}
	return lt.File(name, string(elftest.Library(spec)))
}

func program(name string, needed ...string) lt.Entry {
	return lt.Script(name, string(elftest.Library(elftest.Spec{Interp: "/lib64/ld-linux-x86-64.so.2", Needed: append(needed, "libc.so.6")})))
}

func cache(names ...string) lt.Entry {
	var entries []ldcache.Entry
	for _, n := range names {
		entries = append(entries, ldcache.Entry{Flags: 0x303, Name: n[strings.LastIndexByte(n, '/')+1:], Path: n})
	}
	return lt.File("etc/ld.so.cache", string(ldcache.Format(entries)))
}

// system is what an official image has: the layer that stays cold.
func system() []lt.Entry {
	return []lt.Entry{
		lt.Dir("usr"), lt.Symlink("lib", "usr/lib"), lt.Symlink("bin", "usr/bin"), lt.Symlink("lib64", "usr/lib64"),
		library(lib+"/libc.so.6", elftest.Spec{DefVersions: []string{"GLIBC_2.17", "GLIBC_2.31"}}),
		lt.Script("usr/lib64/ld-linux-x86-64.so.2", string(elftest.Library(elftest.Spec{}))),
		library(lib+"/libpq.so.5", elftest.Spec{Needed: []string{"libc.so.6"}, DefVersions: []string{"PQ_5"}}),
		library("usr/local/lib/libpython3.9.so.1.0", elftest.Spec{Needed: []string{"libc.so.6"}}),
		lt.File("etc/ld.so.conf.d/libc.conf", "/usr/local/lib\n"),
		lt.File("etc/ld.so.conf.d/x86_64-linux-gnu.conf", "# Multiarch\n/lib/x86_64-linux-gnu\n/usr/lib/x86_64-linux-gnu\n"),
		cache("/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libpq.so.5", "/usr/local/lib/libpython3.9.so.1.0"),
		program("usr/bin/dash"), lt.Symlink("usr/bin/sh", "dash"), program("usr/bin/env"), program("usr/bin/perl"), program("usr/bin/curl"),
		program("usr/local/bin/python3.9", "libpython3.9.so.1.0"), lt.Symlink("usr/local/bin/python", "python3.9"),
		lt.File(py+"/os.py", ""), lt.File(py+"/json/__init__.py", ""), lt.File(py+"/tkinter/__init__.py", ""),
		lt.File(py+"/lib-dynload/math"+abi, string(elftest.Library(elftest.Spec{Needed: []string{"libc.so.6"}}))),
		lt.File(py+"/lib-dynload/_tkinter"+abi, string(elftest.Library(elftest.Spec{Needed: []string{"libtk8.6.so", "libc.so.6"}}))),
		library(lib+"/libtk8.6.so", elftest.Spec{}), lt.File(site+"/setuptools/__init__.py", ""),
		lt.File("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"), lt.File("etc/group", "root:x:0:\n"),
		lt.File("var/lib/dpkg/status", "Package: libpq5\nStatus: install ok installed\nVersion: 13\n\nPackage: dash\nStatus: install ok installed\nVersion: 1\n"),
		lt.File("var/lib/dpkg/info/libpq5:amd64.list", "/.\n/usr/lib/x86_64-linux-gnu/libpq.so.5\n/usr/lib/x86_64-linux-gnu/libtk8.6.so\n/usr/share/doc/dangling\n"),
		lt.File("var/lib/dpkg/info/dash.list", "/.\n/bin/dash\n/bin/sh\n"),
		lt.Symlink("usr/share/doc/dangling", "gone.gz"), lt.Symlink("etc/alternatives/x.1.gz", "/usr/share/man/x.1.gz"),
	}
}

func record(files ...lt.Entry) string {
	out := "psycopg2/gone-with-the-wheel.pyc,,\n"
	for _, f := range files {
		sum := sha256.Sum256([]byte(f.Content))
		out += fmt.Sprintf("%s,sha256=%s,%d\n", strings.TrimPrefix(f.Name, site+"/"), base64.RawURLEncoding.EncodeToString(sum[:]), len(f.Content))
	}
	return out
}

// user is what somebody put on it.
func user() []lt.Entry {
	init := lt.File(site+"/psycopg2/__init__.py", "from psycopg2._psycopg import connect\n")
	native := lt.Script(site+"/psycopg2/_psycopg"+abi, string(elftest.Library(elftest.Spec{
		Needed: []string{"libpq.so.5", "libc.so.6", "libcuda.so.1"}, NeedVersions: map[string][]string{"libc.so.6": {"GLIBC_2.31"}, "libpq.so.5": {"PQ_5"}},
	})))
	return []lt.Entry{
		init, native, lt.File(site+"/psycopg2-2.9.dist-info/RECORD", record(init, native)),
		lt.File(site+"/local.pth", "# sources\n/src\nimport sys\n"), lt.File("src/editable/__init__.py", ""),
		lt.Script("usr/local/bin/serve", "#!/usr/local/bin/python3.9\nfrom psycopg2 import connect\n"),
		lt.Script("app/run.pl", "#!/usr/bin/env perl\n"), lt.Script("app/tool.rb", "#!/opt/ruby/bin/ruby\n"), program("opt/ruby/bin/ruby"),
		lt.File("app/app.py", "import os, json, sys, math\nimport psycopg2, editable\nimport helpers.text\nfrom helpers import text, VERSION\n"+
			"try:\n    import fast\nexcept ImportError:\n    fast = None\n\n\ndef later():\n    import pandas\n"),
		lt.File("app/helpers/__init__.py", "from . import text\nVERSION = 1\n"), lt.File("app/helpers/text.py", "import os.path\n"),
		lt.File("app/fast.py", ""), lt.File("app/setup.py", "from setuptools import setup, find_packages\ntry:\n    import setuptools.absent\nexcept ImportError:\n    pass\n"), lt.File("app/window.py", "import tkinter\n"),
		lt.Symlink("app/current", "/srv/releases/1"), lt.File("srv/releases/1/x", ""), lt.Symlink("app/log", "/dev/stdout"), lt.Symlink("app/never", "/mnt/absent"),
		lt.File("etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/app:/bin/sh\n"),
	}
}

func config(change func(*v1.Config)) *v1.Config {
	c := &v1.Config{
		Env: []string{"PATH=/usr/local/bin:/usr/bin:/bin"}, WorkingDir: "/app", Cmd: []string{"python", "-u", "app.py"}, User: "app:root",
		Healthcheck: &v1.HealthConfig{Test: []string{"CMD-SHELL", "curl -f http://localhost || exit 1"}},
	}
	if change != nil {
		change(c)
	}
	return c
}

// told renders findings: "elf: failure: /app/x: needs libpq.so.5, …".
func told(results []verify.Result) []string {
	var out []string
	for _, r := range results {
		for _, f := range r.Findings {
			s := f.Check + ": " + string(f.Severity) + ": "
			if f.Path != "" {
				s += "/" + f.Path + ": "
			}
			out = append(out, s+f.Message)
		}
	}
	return out
}

// fatImage is the image that the subject was made of; opened counts the cold
// layers that were read.
func fatImage(t *testing.T, c *v1.Config, opened *int) *check.Image {
	t.Helper()
	s, err := layers.NewStack(1,
		func(tree *layers.Tree) error { return tree.Assume("lib", "usr/lib") },
		func(context.Context, int) (*layers.Table, error) {
			*opened++
			return table(t, system()...), nil
		})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Upper.Apply(1, table(t, user()...)); err != nil {
		t.Fatal(err)
	}
	return &check.Image{Config: c, Stack: s}
}

// unchanged is what is told of an image that has lost nothing, where there is
// nothing to compare it with.
var unchanged = []string{
	"symlinks: note: /app/never: links to /mnt/absent, which does not exist",
	"imports: note: /app/app.py: line 12 imports pandas: module not found",
}

func TestChecks(t *testing.T) {
	const notThere = ", which does not exist"
	for _, c := range []struct {
		name   string
		lose   []lt.Entry       // on top of an image that works
		config func(*v1.Config) // nil: as it works
		alone  []string         // what is told besides unchanged
		// against is what is told against the image as it worked, besides the
		// symlink that leads nowhere in both.
		against []string
	}{
		{name: "nothing is lost"},
		{
			name: "a shared library", lose: []lt.Entry{lt.Whiteout(lib + "/libpq.so.5")},
			alone: []string{
				"elf: failure: /" + site + "/psycopg2/_psycopg" + abi + ": library libpq.so.5 not found",
				"loader-cache: note: /etc/ld.so.cache: lists /lib/x86_64-linux-gnu/libpq.so.5" + notThere,
			},
			against: []string{
				"elf: failure: /" + site + "/psycopg2/_psycopg" + abi + ": library libpq.so.5 not found",
				"loader-cache: failure: /etc/ld.so.cache: lists /lib/x86_64-linux-gnu/libpq.so.5" + notThere,
			},
		},
		{
			name: "a library of another machine is none", lose: []lt.Entry{library(lib+"/libpq.so.5", elftest.Spec{Machine: 183, Soname: "libpq.so.5"})},
			alone:   []string{"elf: failure: /" + site + "/psycopg2/_psycopg" + abi + ": library libpq.so.5 not found"},
			against: []string{"elf: failure: /" + site + "/psycopg2/_psycopg" + abi + ": library libpq.so.5 not found"},
		},
		{
			name: "what a library of Debian needs", lose: []lt.Entry{library(lib+"/libpq.so.5", elftest.Spec{Needed: []string{"libldap.so.2", "libc.so.6"}, DefVersions: []string{"PQ_5"}})},
			alone:   []string{"elf: failure: /" + lib + "/libpq.so.5: library libldap.so.2 not found"},
			against: []string{"elf: note: /" + lib + "/libpq.so.5: library libldap.so.2 not found"},
		},
		{
			name: "a plugin that nothing loads", lose: []lt.Entry{library("opt/plugin.so", elftest.Spec{Needed: []string{"libodbc.so.2"}})},
			alone:   []string{"elf: note: /opt/plugin.so: library libodbc.so.2 not found"},
			against: []string{"elf: note: /opt/plugin.so: library libodbc.so.2 not found"},
		},
		{
			name: "a private library, by RUNPATH and by name", lose: []lt.Entry{
				lt.Script(site+"/a/_a"+abi, string(elftest.Library(elftest.Spec{Needed: []string{"libb-1.so", "libc.so.6"}, Runpath: "$ORIGIN/../a.libs"}))),
				library(site+"/a.libs/libb-1.so", elftest.Spec{Needed: []string{"libd-1.so"}}), library(site+"/other.libs/libd-1.so", elftest.Spec{}),
			},
		},
		{
			name: "the loader of a program", lose: []lt.Entry{lt.Whiteout("usr/lib64/ld-linux-x86-64.so.2")},
			alone: []string{
				"elf: note: /opt/ruby/bin/ruby: loader /lib64/ld-linux-x86-64.so.2 not found",
				"elf: failure: /usr/bin/curl: loader /lib64/ld-linux-x86-64.so.2 not found",
				"elf: note: /usr/bin/env: loader /lib64/ld-linux-x86-64.so.2 not found",
				"elf: note: /usr/bin/perl: loader /lib64/ld-linux-x86-64.so.2 not found",
				"elf: failure: /usr/local/bin/python3.9: loader /lib64/ld-linux-x86-64.so.2 not found",
			},
			against: []string{
				"elf: failure: /opt/ruby/bin/ruby: loader /lib64/ld-linux-x86-64.so.2 not found",
				"elf: failure: /usr/bin/curl: loader /lib64/ld-linux-x86-64.so.2 not found",
				"elf: failure: /usr/bin/env: loader /lib64/ld-linux-x86-64.so.2 not found",
				"elf: failure: /usr/bin/perl: loader /lib64/ld-linux-x86-64.so.2 not found",
				"elf: failure: /usr/local/bin/python3.9: loader /lib64/ld-linux-x86-64.so.2 not found",
			},
		},
		{
			name: "a symbol version", lose: []lt.Entry{library(lib+"/libc.so.6", elftest.Spec{DefVersions: []string{"GLIBC_2.17"}})},
			alone:   []string{"symbol-versions: failure: /" + site + "/psycopg2/_psycopg" + abi + ": version GLIBC_2.31 of libc.so.6 not found in /" + lib + "/libc.so.6"},
			against: []string{"symbol-versions: failure: /" + site + "/psycopg2/_psycopg" + abi + ": version GLIBC_2.31 of libc.so.6 not found in /" + lib + "/libc.so.6"},
		},
		{
			name: "a library without versions is taken as it is", lose: []lt.Entry{library(lib+"/libpq.so.5", elftest.Spec{Needed: []string{"libc.so.6"}})},
		},
		{
			name: "an entry of the loader's cache", lose: []lt.Entry{cache("/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libpq.so.5", "/usr/local/lib/libabsent.so")},
			alone: []string{
				"loader-cache: note: /etc/ld.so.cache: lists /usr/local/lib/libabsent.so" + notThere,
				"loader-cache: failure: /usr/local/lib/libpython3.9.so.1.0: library libpython3.9.so.1.0 is not in the loader cache",
			},
			against: []string{
				"loader-cache: note: /etc/ld.so.cache: lists /usr/local/lib/libabsent.so" + notThere,
				"loader-cache: failure: /usr/local/lib/libpython3.9.so.1.0: library libpython3.9.so.1.0 is not in the loader cache",
			},
		},
		{
			name: "a library that is in no cache, and that nothing needs", lose: []lt.Entry{library("usr/local/lib/libnew.so.1", elftest.Spec{})},
			alone:   []string{"loader-cache: note: /usr/local/lib/libnew.so.1: library libnew.so.1 is not in the loader cache"},
			against: []string{"loader-cache: note: /usr/local/lib/libnew.so.1: library libnew.so.1 is not in the loader cache"},
		},
		{
			name: "no cache that could be read", lose: []lt.Entry{lt.File("etc/ld.so.cache", "rubbish")},
			alone:   []string{"loader-cache: note: /etc/ld.so.cache: cannot be read: not a cache of the dynamic loader that can be extended"},
			against: []string{"loader-cache: note: /etc/ld.so.cache: cannot be read: not a cache of the dynamic loader that can be extended"},
		},
		{
			name: "the interpreter of a script that somebody may start", lose: []lt.Entry{lt.Whiteout("usr/bin/perl"), lt.Whiteout("opt/ruby")},
			alone: []string{
				"shebangs: note: /app/run.pl: interpreter perl not found",
				"shebangs: note: /app/tool.rb: interpreter /opt/ruby/bin/ruby not found",
			},
			against: []string{
				"shebangs: note: /app/run.pl: interpreter perl not found", // it was the base's: that is not asked
				"shebangs: failure: /app/tool.rb: interpreter /opt/ruby/bin/ruby not found",
			},
		},
		{
			name: "the interpreter of what the container starts", lose: []lt.Entry{lt.Whiteout("usr/local/bin/python3.9")},
			config: func(c *v1.Config) { c.Cmd = []string{"serve"} },
			alone: []string{
				"shebangs: failure: /usr/local/bin/serve: interpreter /usr/local/bin/python3.9 not found",
				"symlinks: note: /usr/local/bin/python: links to python3.9" + notThere,
			},
			against: []string{
				"shebangs: failure: /usr/local/bin/serve: interpreter /usr/local/bin/python3.9 not found",
				"symlinks: failure: /usr/local/bin/python: links to python3.9" + notThere,
			},
		},
		{
			name: "the program of CMD", config: func(c *v1.Config) { c.Cmd = []string{"gunicorn", "app:app"} },
			alone: []string{`commands: failure: CMD starts "gunicorn", which is not on PATH`},
			// It did not start there either.
			against: []string{`commands: note: CMD starts "gunicorn", which is not on PATH`},
		},
		{
			name: "the program of HEALTHCHECK", lose: []lt.Entry{lt.Whiteout("usr/bin/curl")},
			alone:   []string{`commands: failure: HEALTHCHECK starts "curl", which is not on PATH`},
			against: []string{`commands: failure: HEALTHCHECK starts "curl", which is not on PATH`},
		},
		{
			name: "the script of ENTRYPOINT", config: func(c *v1.Config) { c.Entrypoint, c.Cmd = []string{"python"}, []string{"absent.py"} },
			alone:   []string{"commands: failure: ENTRYPOINT runs /app/absent.py" + notThere},
			against: []string{"commands: note: ENTRYPOINT runs /app/absent.py" + notThere},
		},
		{
			name: "a program that nobody may execute", lose: []lt.Entry{lt.File("usr/local/bin/serve", "#!/usr/local/bin/python3.9\n")},
			config:  func(c *v1.Config) { c.Entrypoint = []string{"serve"} },
			alone:   []string{`commands: failure: ENTRYPOINT starts "serve", but /usr/local/bin/serve is not an executable file`},
			against: []string{`commands: failure: ENTRYPOINT starts "serve", but /usr/local/bin/serve is not an executable file`},
		},
		{
			name: "a shell's own words are no programs", config: func(c *v1.Config) {
				c.Cmd = []string{"/bin/sh", "-c", "cd /app && python app.py"}
				c.Healthcheck = &v1.HealthConfig{Test: []string{"CMD-SHELL", "X=1 exec $PROGRAM"}}
			},
		},
		{
			name: "no shell", lose: []lt.Entry{lt.Whiteout("usr/bin/dash")},
			alone:   []string{`commands: failure: HEALTHCHECK starts "/bin/sh", but /usr/bin/sh links to dash, which does not exist`},
			against: []string{`commands: failure: HEALTHCHECK starts "/bin/sh", but /usr/bin/sh links to dash, which does not exist`},
		},
		{
			name: "the target of a link", lose: []lt.Entry{lt.Whiteout("srv/releases")},
			alone:   []string{"symlinks: note: /app/current: links to /srv/releases/1" + notThere},
			against: []string{"symlinks: failure: /app/current: links to /srv/releases/1" + notThere},
		},
		{
			name: "the target of a link in a volume", lose: []lt.Entry{lt.Whiteout("srv/releases")},
			config: func(c *v1.Config) { c.Volumes = map[string]struct{}{"/srv/releases": {}} },
		},
		{
			name: "a file of a distribution", lose: []lt.Entry{lt.Whiteout(site + "/psycopg2/__init__.py")},
			alone:   []string{"record: note: /" + site + "/psycopg2/__init__.py: missing, but listed in the RECORD of psycopg2 2.9"},
			against: []string{"record: failure: /" + site + "/psycopg2/__init__.py: missing, but listed in the RECORD of psycopg2 2.9"},
		},
		{
			name: "another file in its place", lose: []lt.Entry{lt.File(site+"/psycopg2/__init__.py", "from psycopg2._psycopg import nothing\n")},
			alone:   []string{"record: note: /" + site + "/psycopg2/__init__.py: differs from the RECORD of psycopg2 2.9"},
			against: []string{"record: failure: /" + site + "/psycopg2/__init__.py: differs from the RECORD of psycopg2 2.9"},
		},
		{
			name: "a module that runs at once", lose: []lt.Entry{lt.Whiteout("src/editable"), lt.Whiteout("app/helpers/text.py")},
			alone: []string{
				"imports: failure: /app/app.py: line 2 imports editable: module not found",
				"imports: failure: /app/app.py: line 3 imports helpers.text: module not found",
			},
			against: []string{
				"imports: failure: /app/app.py: line 2 imports editable: module not found",
				"imports: failure: /app/app.py: line 3 imports helpers.text: module not found",
				"imports: failure: /app/app.py: line 4 imports helpers.text: module not found",
				"imports: failure: /app/helpers/__init__.py: line 1 imports .text: module not found",
			},
		},
		{
			name: "a module of the image's own base", lose: []lt.Entry{lt.Whiteout(site + "/setuptools")},
			alone:   []string{"imports: note: /app/setup.py: line 1 imports setuptools: module not found"},
			against: []string{"imports: failure: /app/setup.py: line 1 imports setuptools: module not found"},
		},
		{
			name: "a module that is imported if it is there", lose: []lt.Entry{lt.Whiteout("app/fast.py")},
			against: []string{"imports: note: /app/app.py: line 6 imports fast: module not found"},
		},
		{
			name: "an extension module of the standard library that slim images cannot load", lose: []lt.Entry{lt.Whiteout(lib + "/libtk8.6.so")},
			alone: []string{
				"imports: note: /app/window.py: line 1 imports tkinter: library libtk8.6.so not found",
			},
			against: []string{
				"imports: failure: /app/window.py: line 1 imports tkinter: library libtk8.6.so not found",
			},
		},
		{
			name: "the module that Python is told to run", config: func(c *v1.Config) { c.Cmd = []string{"python", "-um", "absent.server"} },
			alone: []string{"imports: failure: CMD runs module absent.server" + notThere},
		},
		{
			name: "an import of a module that is run with -m", lose: []lt.Entry{lt.File("app/serve/__init__.py", ""), lt.File("app/serve/__main__.py", "import absent\n")},
			config: func(c *v1.Config) { c.Cmd = []string{"/bin/sh", "-c", "exec python -m serve"} },
			alone:  []string{"imports: failure: /app/serve/__main__.py: line 1 imports absent: module not found"},
		},
		{
			name: "a user", lose: []lt.Entry{lt.File("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")},
			alone:   []string{`users: failure: /etc/passwd: user "app" not found (set by USER)`},
			against: []string{`users: failure: /etc/passwd: user "app" not found (set by USER)`},
		},
		{
			name: "a group", config: func(c *v1.Config) { c.User = "1000:staff" },
			alone:   []string{`users: failure: /etc/group: group "staff" not found (set by USER)`},
			against: []string{`users: note: /etc/group: group "staff" not found (set by USER)`},
		},
		{
			name: "a package's list of files", lose: []lt.Entry{lt.Whiteout("var/lib/dpkg/info/dash.list")},
			alone: []string{
				"dpkg: note: /var/lib/dpkg/status: package dash has no file list",
			},
			against: []string{
				"dpkg: failure: /var/lib/dpkg/status: package dash has no file list",
			},
		},
		{
			name: "a package that is told of twice", lose: []lt.Entry{lt.File("var/lib/dpkg/status.d/dash", "Package: dash\nVersion: 1\n")},
			alone:   []string{"dpkg: note: /var/lib/dpkg/status.d/dash: package dash is also in /var/lib/dpkg/status"},
			against: []string{"dpkg: failure: /var/lib/dpkg/status.d/dash: package dash is also in /var/lib/dpkg/status"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			subject := verify.Subject{Config: config(c.config), Tree: merge(t, system(), user(), c.lose)}
			results, err := verify.Run(t.Context(), subject, nil, extract.Ecosystems())
			if err != nil {
				t.Fatal(err)
			}
			want := slices.Concat(c.alone, unchanged)
			got := told(results)
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("alone: want -, got +\n%s", diff)
			}

			opened := 0
			results, err = verify.Run(t.Context(), subject, fatImage(t, config(c.config), &opened), extract.Ecosystems())
			if err != nil {
				t.Fatal(err)
			}
			want, got = slices.Concat(c.against, unchanged[:1]), told(results)
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("against: want -, got +\n%s", diff)
			}
			if len(c.against) == 0 && opened > 0 {
				t.Errorf("%d cold layers were read, though nothing is amiss", opened)
			}
		})
	}
}

// Each check has looked at something: one that sees nothing passes everything.
func TestChecksLook(t *testing.T) {
	results, err := verify.Run(t.Context(), verify.Subject{Config: config(nil), Tree: merge(t, system(), user())}, nil, extract.Ecosystems())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range results {
		names = append(names, r.Check)
		if r.Checked == 0 || r.Unit == "" {
			t.Errorf("%s looked at %d %q", r.Check, r.Checked, r.Unit)
		}
	}
	if diff := cmp.Diff(verify.Names(extract.Ecosystems()), names); diff != "" {
		t.Error(diff)
	}
}

// Of an image that was put on a base, the base's own faults are not looked at;
// where paths of the base are gone, what needed them is.
func TestOnBase(t *testing.T) {
	base := append(system(), lt.Symlink("usr/local/dangling", "gone"), lt.Whiteout(lib+"/libtk8.6.so"),
		program("usr/bin/tool", "libabsent.so.1"), lt.Script("usr/local/bin/broken", "#!/usr/bin/absent\n"))
	base = slices.DeleteFunc(base, func(e lt.Entry) bool { return e.Name == lib+"/libtk8.6.so" })
	for _, c := range []struct {
		name    string
		added   []lt.Entry
		removed bool
		want    []string
	}{
		{"nothing is amiss", user(), false, nil},
		{"nor where something is gone", user(), true, nil},
		{"a need of what was put there", append(user(), program("app/tool", "libssl.so.3")), false, []string{
			"elf: note: /app/tool: library libssl.so.3 not found", // FAT has it neither
		}},
		{"a package's link to a manual that slim images leave out", append(user(), lt.Symlink("usr/share/man/man1/x.1.gz", "y.1.gz"), lt.File("var/lib/dpkg/info/x.list", "/usr/share/man/man1/x.1.gz\n")), false, nil},
		{"a need of the base's own", append(user(), lt.Whiteout("usr/local/lib/libpython3.9.so.1.0")), true, []string{
			"elf: failure: /usr/local/bin/python3.9: library libpython3.9.so.1.0 not found",
			"loader-cache: failure: /etc/ld.so.cache: lists /usr/local/lib/libpython3.9.so.1.0, which does not exist",
		}},
		{"an account, though the base lacks it too", slices.DeleteFunc(user(), func(e lt.Entry) bool { return e.Name == "etc/passwd" }), false, []string{
			`users: failure: /etc/passwd: user "app" not found (set by USER)`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			opened := 0
			below := merge(t, base)
			results, err := verify.Run(t.Context(), verify.Subject{
				Config: config(nil), Tree: merge(t, base, c.added), Base: check.MergedImage(config(nil), below), Added: 1, Removed: c.removed,
			}, fatImage(t, config(nil), &opened), extract.Ecosystems())
			if err != nil {
				t.Fatal(err)
			}
			// window.py is one that a slim base breaks, and the link one that led
			// nowhere before.
			want := append(c.want, unchanged[0], "imports: failure: /app/window.py: line 1 imports tkinter: library libtk8.6.so not found")
			got := told(results)
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

// What the user left out knowingly counts as not there.
func TestLacks(t *testing.T) {
	opened := 0
	fat := fatImage(t, config(nil), &opened)
	fat.Dropped = func(n *layers.Node) bool {
		return strings.HasSuffix(n.Path(), "libpq.so.5") || n.Path() == "app/fast.py"
	}
	tree := merge(t, system(), user(), []lt.Entry{lt.Whiteout(lib + "/libpq.so.5"), lt.Whiteout("app/fast.py")})
	results, err := verify.Run(t.Context(), verify.Subject{Config: config(nil), Tree: tree}, fat, extract.Ecosystems())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Failed() {
			t.Errorf("%s failed: %v", r.Check, r.Findings)
		}
	}
}

// An image whose layers cannot be read is an error, and no finding.
func TestUnreadable(t *testing.T) {
	stack, err := layers.NewStack(1, nil, func(context.Context, int) (*layers.Table, error) { return nil, fmt.Errorf("the network is down") })
	if err != nil {
		t.Fatal(err)
	}
	for _, lose := range []lt.Entry{lt.Whiteout(lib + "/libpq.so.5"), lt.Whiteout("usr/bin/curl"), lt.Whiteout("var/lib/dpkg/info/dash.list"), cache("/absent.so")} {
		tree := merge(t, system(), user(), []lt.Entry{lose})
		_, err := verify.Run(t.Context(), verify.Subject{Config: config(nil), Tree: tree}, &check.Image{Config: config(nil), Stack: stack}, extract.Ecosystems())
		if err == nil || !strings.Contains(err.Error(), "the network is down") {
			t.Errorf("%s: error %v", lose.Name, err)
		}
	}
}
