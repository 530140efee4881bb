package extract_test

import (
	"errors"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/system"
	"github.com/slimify/slimify/internal/elftest"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// What follows a path goes with it: bytecode holds what its source holds, and
// what a dropped script calls is called by nobody.
func TestDropTakesFollowers(t *testing.T) {
	const cache = "srv/data/__pycache__/"
	source := []lt.Entry{
		lt.File("srv/data/secret.py", "TOKEN = 1"), lt.File(cache+"secret.cpython-39.pyc", "TOKEN"), lt.File(cache+"secret.cpython-39.opt-1.pyc", "TOKEN"),
		lt.File("srv/data/secret.pyc", "TOKEN"), lt.File("srv/data/other.py", ""), lt.File(cache+"other.cpython-39.pyc", ""), lt.File("srv/data/alone.pyc", ""),
	}
	tool := []lt.Entry{lt.Script("usr/bin/git", "elf")}
	venv := []lt.Entry{
		lt.File("srv/env/pyvenv.cfg", "home = /opt/py/bin\nversion = 3.9.2\n"), lt.Dir("srv/env/bin"), lt.Symlink("srv/env/bin/python3", "/opt/py/bin/python3.9"),
		lt.Script("opt/py/bin/python3.9", "elf"), lt.File("opt/py/lib/python3.9/os.py", ""),
	}
	tests := []struct {
		name         string
		config       v1.Config
		keep, drop   []string
		cold, user   []lt.Entry
		want, absent string // paths that are written, and that are not
	}{
		{
			name: "bytecode of a source", drop: []string{"/srv/data/secret.py"}, user: source,
			want:   "srv/data/other.py " + cache + "other.cpython-39.pyc srv/data/alone.pyc",
			absent: "srv/data/secret.py srv/data/secret.pyc " + cache + "secret.cpython-39.pyc " + cache + "secret.cpython-39.opt-1.pyc",
		},
		{
			name: "bytecode of a source that the whole directory would bring back", drop: []string{"/srv/data/secret.py"},
			user:   append([]lt.Entry{lt.Symlink("srv/link", "data")}, source...),
			want:   "srv/link srv/data/other.py",
			absent: "srv/data/secret.py srv/data/secret.pyc " + cache + "secret.cpython-39.pyc",
		},
		{
			name: "bytecode alone, by its own name", drop: []string{"/srv/data/__pycache__"}, user: source,
			want: "srv/data/secret.py srv/data/secret.pyc", absent: cache + "secret.cpython-39.pyc " + cache + "other.cpython-39.pyc",
		},
		{
			name: "bytecode that is kept by its own name", drop: []string{"/srv/data/secret.py"}, keep: []string{"/" + cache + "secret.cpython-39.pyc"}, user: source,
			want: cache + "secret.cpython-39.pyc", absent: "srv/data/secret.py " + cache + "secret.cpython-39.opt-1.pyc",
		},
		{
			name: "bytecode of a source that is kept by name", keep: []string{"/tmp/x.py"},
			user: []lt.Entry{lt.File("tmp/x.py", ""), lt.File("tmp/__pycache__/x.cpython-39.pyc", "")},
			want: "tmp/x.py tmp/__pycache__/x.cpython-39.pyc",
		},
		{
			name: "what a script calls", config: v1.Config{Entrypoint: []string{"/start.sh"}}, drop: []string{"/start.sh"},
			cold: tool, user: []lt.Entry{lt.Script("start.sh", "#!/bin/sh\ngit status\n"), lt.File("app/a", "")},
			absent: "start.sh usr/bin/git", want: "app/a",
		},
		{
			name: "what a script calls that stays", config: v1.Config{Entrypoint: []string{"/start.sh"}}, drop: []string{"/app/a"},
			cold: tool, user: []lt.Entry{lt.Script("start.sh", "#!/bin/sh\ngit status\n"), lt.File("app/a", "")},
			want: "start.sh usr/bin/git",
		},
		{
			name: "a tool that a distribution needs", drop: []string{"dist:gitpython"},
			cold: []lt.Entry{lt.Script("usr/bin/git", "elf")},
			user: []lt.Entry{lt.File(site+"/git/__init__.py", ""), lt.File(site+"/GitPython-3.dist-info/METADATA", ""), lt.File(site+"/GitPython-3.dist-info/RECORD", "git/__init__.py,,\nGitPython-3.dist-info/METADATA,,\n"), lt.File("app/a", "")},
			want: "app/a", absent: "usr/bin/git " + site + "/git/__init__.py",
		},
		{
			name: "the interpreter of an environment", drop: []string{"/srv/env/**"}, config: v1.Config{WorkingDir: "/app"},
			user: append(venv, lt.File("app/a", "")), want: "app/a", absent: "srv/env/pyvenv.cfg srv/env/bin/python3",
		},
		{
			name: "the library of an extension", drop: []string{"/app/x.so"},
			cold: []lt.Entry{lt.File("usr/lib/libx.so.1", string(elftest.Library(elftest.Spec{Soname: "libx.so.1"})))},
			user: []lt.Entry{lt.File("app/x.so", string(elftest.Library(elftest.Spec{Needed: []string{"libx.so.1"}}))), lt.File("app/a", "")},
			want: "app/a", absent: "app/x.so usr/lib/libx.so.1",
		},
		{
			name: "a keep beats a drop", keep: []string{"/srv/data/secret.py"}, drop: []string{"/srv/**"}, user: source,
			want: "srv/data/secret.py", absent: cache + "secret.cpython-39.pyc srv/data/other.py " + cache + "other.cpython-39.pyc",
		},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in, base := capturedScene(t, c.config, slimBase(), c.cold, run("x", c.user...))
			got, _ := contents(t, in, base, selection.Options{Keep: patterns(t, c.keep...), Drop: patterns(t, c.drop...)})
			expect(t, got, c.want, c.absent)
		})
	}
}

// expect checks which paths are written.
func expect(t *testing.T, got map[string]string, want, absent string) {
	t.Helper()
	for name := range strings.FieldsSeq(want) {
		if _, ok := got[name]; !ok {
			t.Errorf("%s is not written", name)
		}
	}
	for name := range strings.FieldsSeq(absent) {
		if _, ok := got[name]; ok {
			t.Errorf("%s is written", name)
		}
	}
}

// A drop covers what is moved from the original base image, and generated files.
func TestDropFromTheBase(t *testing.T) {
	cold := []lt.Entry{
		status("libc6", "git\nDepends: absent", "whole"), lt.File(info+"git.list", "/usr/bin/git\n/usr/share/git-core/templates/x\n/usr/share/doc/git/copyright\n"),
		lt.Script("usr/bin/git", "elf"), lt.File("usr/share/git-core/templates/x", ""), lt.File("usr/share/doc/git/copyright", ""),
		lt.File(info+"git.md5sums", ""), lt.File(info+"whole.list", "/usr/bin/whole\n"), lt.Script("usr/bin/whole", "elf"),
	}
	for _, c := range []struct {
		name         string
		keep, drop   []string
		want, absent string
	}{
		{"files of a package", []string{"deb:git"}, []string{"/usr/share/git-core/**"}, "usr/bin/git usr/share/doc/git/copyright var/lib/dpkg/status.d/git", "usr/share/git-core/templates/x"},
		{"records of a package", []string{"deb:git"}, []string{"/usr/share/doc/**"}, "usr/bin/git usr/share/git-core/templates/x", "usr/share/doc/git/copyright"},
		{"generated files", []string{"deb:git"}, []string{"/var/lib/dpkg/status.d/*"}, "usr/bin/git", "var/lib/dpkg/status.d/git var/lib/dpkg/status.d/git.md5sums"},
		{"a package that is kept as well", []string{"deb:whole"}, []string{"deb:whole"}, "usr/bin/whole var/lib/dpkg/status", ""},
		{"a path of a package that is kept as well", []string{"deb:whole", "/usr/bin/git"}, []string{"/usr/bin/*"}, "usr/bin/git", "usr/bin/whole"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in, base := scene(t, v1.Config{}, slimBase(), cold, run("x", lt.File("app/a", "")))
			got, _ := contents(t, in, base, selection.Options{Keep: patterns(t, c.keep...), Drop: patterns(t, c.drop...)})
			expect(t, got, c.want, c.absent)
		})
	}
}

// A dropped package takes its files along, also those that something kept calls.
func TestDropPackageOfTheBase(t *testing.T) {
	t.Parallel()
	cold := []lt.Entry{
		status("git"), lt.File(info+"git.list", "/usr/bin/git\n/usr/lib/git-core/x\n"), lt.Script("usr/bin/git", "elf"), lt.File("usr/lib/git-core/x", ""),
	}
	config := v1.Config{Entrypoint: []string{"/start.sh"}}
	in, base := capturedScene(t, config, slimBase(), cold, run("x", lt.Script("start.sh", "#!/bin/sh\ngit status\n"), lt.Symlink("link", "/usr/lib/git-core/x")))
	got, _ := contents(t, in, base, selection.Options{Drop: patterns(t, "deb:git")})
	expect(t, got, "start.sh link", "usr/bin/git usr/lib/git-core/x")
}

// A pipe that --keep covers is written as one; a device is refused by its name.
func TestKeepSpecialFiles(t *testing.T) {
	t.Parallel()
	keep := selection.Options{Keep: patterns(t, "/srv/**")}
	in, base := scene(t, v1.Config{}, slimBase(), nil, run("x", lt.Special("srv/pipe", '6'), lt.File("srv/a", "")))
	sel, err := extract.Select(t.Context(), in, base, keep)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, l := range plan.New(sel, base).Layers {
		for _, w := range l.Writes {
			found = found || w.Entry.Name == "srv/pipe" && w.Entry.Kind == layers.Fifo
		}
	}
	if !found || len(sel.Warnings) > 0 {
		t.Errorf("the pipe is written: %v, warnings: %v", found, sel.Warnings)
	}
	in, base = scene(t, v1.Config{}, slimBase(), nil, run("x", lt.Special("srv/null", '3'), lt.File("srv/a", "")))
	_, err = extract.Select(t.Context(), in, base, keep)
	var device *system.DeviceError
	if !errors.As(err, &device) || device.Path != "/srv/null" {
		t.Errorf("error %v", err)
	}
}
