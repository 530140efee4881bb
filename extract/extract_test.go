package extract_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// step is a user layer with its history.
type step struct {
	text    string
	entries []lt.Entry
}

func run(text string, entries ...lt.Entry) step { return step{"RUN /bin/sh -c " + text, entries} }
func cp(text string, entries ...lt.Entry) step  { return step{"COPY " + text + " # buildkit", entries} }

const site = "usr/local/lib/python3.9/site-packages"

// slimBase is what every case stands on unless it says otherwise.
func slimBase(more ...lt.Entry) []lt.Entry {
	return append([]lt.Entry{
		lt.Dir("usr"), lt.Dir("usr/bin"), lt.Dir("usr/lib"), lt.Symlink("bin", "usr/bin"), lt.Symlink("lib", "usr/lib"),
		lt.Dir("etc"), lt.Dir("tmp").Chmod(0o1777), lt.Dir("root").Chmod(0o700), lt.Dir("app-of-base"),
		lt.File("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n_apt:x:100:65534::/nonexistent:/usr/sbin/nologin\n"),
		lt.File("etc/os-release", "VERSION_CODENAME=bullseye\n"),
		lt.Dir("var"), lt.Dir("var/lib"), lt.Dir("var/lib/dpkg"), lt.Dir("var/lib/dpkg/info"),
		lt.File("var/lib/dpkg/status", "Package: libc6\nStatus: install ok installed\n\n"),
		lt.File("var/lib/dpkg/info/libc6:amd64.list", "/.\n/lib\n/lib/libc.so.6\n/etc/libc.conf\n"),
		lt.File("usr/lib/libc.so.6", "elf"), lt.File("etc/libc.conf", ""), lt.Script("usr/bin/sh", "elf"),
		lt.Dir("usr/local"), lt.Dir("usr/local/bin"), lt.Dir("usr/local/lib"), lt.Dir("usr/local/lib/python3.9"), lt.Dir(site),
		lt.Script("usr/local/bin/python3.9", "elf"), lt.File("usr/local/lib/python3.9/os.py", "# os"),
		lt.File("usr/local/lib/python3.9/lib-dynload/_ssl.cpython-39-x86_64-linux-gnu.so", "elf"),
		lt.Dir(site + "/pip"), lt.File(site+"/pip/__init__.py", "24"), lt.File(site+"/pip/only24.py", "24"),
		lt.File(site+"/pip-24.0.dist-info/RECORD", "pip/__init__.py,,\npip/only24.py,,\n../../../bin/pip3.9,,\npip-24.0.dist-info/RECORD,,\n"),
		lt.Script("usr/local/bin/pip3.9", "#!python"),
	}, more...)
}

// scene builds the inputs of Select: layers of the user's above one cold
// layer, so that no case depends on the original base image. All content is captured.
func scene(t *testing.T, config v1.Config, base []lt.Entry, cold []lt.Entry, steps ...step) (*selection.Image, *selection.Base) {
	t.Helper()
	return sceneOf(t, lt.Table, config, base, cold, steps...)
}

// capturedScene is scene with the capture that assemble uses.
func capturedScene(t *testing.T, config v1.Config, base []lt.Entry, cold []lt.Entry, steps ...step) (*selection.Image, *selection.Base) {
	t.Helper()
	return sceneOf(t, func(entries ...lt.Entry) *layers.Table { return capturedTable(t, entries...) }, config, base, cold, steps...)
}

func sceneOf(t *testing.T, table func(...lt.Entry) *layers.Table, config v1.Config, base, cold []lt.Entry, steps ...step) (*selection.Image, *selection.Base) {
	t.Helper()
	tree := layers.NewTree()
	if err := tree.Apply(0, table(base...)); err != nil {
		t.Fatal(err)
	}
	b := &selection.Base{
		Tree: tree, Config: &v1.ConfigFile{OS: "linux", Architecture: "amd64"},
		Runtime: selection.Runtime{Version: "3.9.2"}, Release: "bullseye",
	}
	cf := &v1.ConfigFile{OS: "linux", Architecture: "amd64", Config: config}
	cf.History = append(cf.History, v1.History{CreatedBy: "# debian.sh --arch 'amd64' out/ 'bullseye'"})
	cf.RootFS.DiffIDs = make([]v1.Hash, 1+len(steps))
	stack, err := layers.NewStack(1,
		func(tree *layers.Tree) error {
			return errors.Join(tree.Assume("bin", "usr/bin"), tree.Assume("lib", "usr/lib"))
		},
		func(context.Context, int) (*layers.Table, error) { return table(cold...), nil })
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range steps {
		cf.History = append(cf.History, v1.History{CreatedBy: s.text})
		if err := stack.Upper.Apply(1+i, table(s.entries...)); err != nil {
			t.Fatal(err)
		}
	}
	return &selection.Image{Config: cf, Stack: stack, Runtime: selection.Runtime{Version: "3.9.2"}, Release: "bullseye"}, b
}

// verdicts renders a selection's paths except directories: "app/a.py: kept, copied
// (application)".
func verdicts(sel *selection.Selection) map[string]string {
	out := make(map[string]string)
	for _, it := range sel.Items {
		if it.Kind == layers.Dir {
			continue
		}
		s := it.Verdict.String() + ", " + it.Reason.Rule.Name
		if it.Verdict == selection.Kept {
			s += " (" + it.Part.String() + ")"
		}
		out[it.Path] = s
	}
	return out
}

// written renders a plan as the names that its layers hold.
func written(p *plan.Plan) []string {
	out := []string{}
	for _, l := range p.Layers {
		for _, w := range l.Writes {
			name := w.Entry.Name
			switch w.Entry.Kind {
			case layers.Dir:
				name += "/"
			case layers.Hardlink:
				name += " = " + w.Entry.Link
			case layers.Symlink:
				name += " -> " + w.Entry.Link
			}
			out = append(out, l.Part.String()+": "+name)
		}
	}
	return out
}

func patterns(t *testing.T, texts ...string) (out []selection.Pattern) {
	t.Helper()
	for _, s := range texts {
		p, err := selection.ParsePattern(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

func TestSelect(t *testing.T) {
	for _, c := range []struct {
		name   string
		config v1.Config
		opts   selection.Options
		base   []lt.Entry // added to slimBase
		cold   []lt.Entry
		steps  []step
		want   map[string]string
		gone   []string // removals
	}{
		{
			name: "a distribution is kept whole, wherever its files lie",
			steps: []step{run("pip install gunicorn",
				lt.File(site+"/gunicorn/app.py", ""), lt.File(site+"/gunicorn-20.1.dist-info/RECORD",
					"gunicorn/app.py,,\n../../../bin/gunicorn,,\n../../../share/gunicorn/doc,,\n../../../etc/gunicorn.conf,,\n/opt/absolute,,\n../../../../../../escape,,\n"),
				lt.File(site+"/gunicorn-20.1.dist-info/METADATA", ""), lt.Script("usr/local/bin/gunicorn", "#!python"),
				lt.File("usr/local/share/gunicorn/doc", ""), lt.File("usr/local/etc/gunicorn.conf", ""), lt.File("opt/absolute", ""))},
			opts: selection.Options{Minimal: true},
			want: map[string]string{
				site + "/gunicorn/app.py":                  "kept, record (dependencies)",
				site + "/gunicorn-20.1.dist-info/RECORD":   "kept, record (dependencies)",
				site + "/gunicorn-20.1.dist-info/METADATA": "kept, record (dependencies)",
				"usr/local/bin/gunicorn":                   "kept, record (dependencies)",
				"usr/local/share/gunicorn/doc":             "kept, record (dependencies)",
				"usr/local/etc/gunicorn.conf":              "kept, record (dependencies)",
				"opt/absolute":                             "kept, record (dependencies)",
			},
		},
		{
			name: "an egg-info names its files too",
			steps: []step{run("python setup.py install",
				lt.File(site+"/old.py", ""), lt.File(site+"/old-1.0-py3.9.egg-info/installed-files.txt", "../old.py\n../../../../share/old.txt\n"),
				lt.File("usr/local/share/old.txt", ""), lt.File(site+"/legacy-2.egg-info", "Name: legacy"))},
			want: map[string]string{
				site + "/old.py": "kept, egg-info (dependencies)",
				site + "/old-1.0-py3.9.egg-info/installed-files.txt": "kept, egg-info (dependencies)",
				"usr/local/share/old.txt":                            "kept, egg-info (dependencies)",
				site + "/legacy-2.egg-info":                          "kept, egg-info (dependencies)",
			},
		},
		{
			name:  "what no RECORD names in site-packages is kept",
			steps: []step{cp("x.pth "+site, lt.File(site+"/x.pth", "/src"), lt.File(site+"/loose.py", ""))},
			want: map[string]string{
				site + "/x.pth": "kept, site-packages (dependencies)", site + "/loose.py": "kept, site-packages (dependencies)",
			},
		},
		{
			name: "bytecode follows its source",
			steps: []step{run("pip install m",
				lt.File(site+"/m.py", ""), lt.File(site+"/m-1.dist-info/RECORD", "m.py,,\n"),
				lt.File(site+"/__pycache__/m.cpython-39.pyc", ""), lt.File(site+"/__pycache__/m.cpython-39.opt-1.pyc", ""),
				lt.File("usr/local/lib/python3.9/__pycache__/os.cpython-39.pyc", ""), lt.File(site+"/pip/__pycache__/__init__.cpython-39.pyc", ""),
				lt.File(site+"/sourceless.pyc", ""))},
			want: map[string]string{
				site + "/m.py":                                          "kept, record (dependencies)",
				site + "/m-1.dist-info/RECORD":                          "kept, record (dependencies)",
				site + "/__pycache__/m.cpython-39.pyc":                  "kept, bytecode (dependencies)",
				site + "/__pycache__/m.cpython-39.opt-1.pyc":            "kept, bytecode (dependencies)",
				"usr/local/lib/python3.9/__pycache__/os.cpython-39.pyc": "dropped, bytecode",
				site + "/pip/__pycache__/__init__.cpython-39.pyc":       "dropped, bytecode",
				site + "/sourceless.pyc":                                "kept, site-packages (dependencies)",
			},
		},
		{
			name: "an upgraded pip hides the base's own",
			steps: []step{run("pip install -U pip",
				lt.Whiteout(site+"/pip-23.0.1.dist-info"), lt.File(site+"/pip/__init__.py", "25"), lt.File(site+"/pip/only25.py", ""),
				lt.File(site+"/pip-25.0.dist-info/RECORD", "pip/__init__.py,,\npip/only25.py,,\n"))},
			want: map[string]string{
				site + "/pip/__init__.py": "kept, record (dependencies)", site + "/pip/only25.py": "kept, record (dependencies)",
				site + "/pip-25.0.dist-info/RECORD": "kept, record (dependencies)",
			},
			gone: []string{"usr/local/bin/pip3.9", site + "/pip-24.0.dist-info", site + "/pip/only24.py"},
		},
		{
			name:  "a removed pip stays removed, whatever its version in the base",
			steps: []step{run("pip uninstall -y pip", lt.Dir(site+"/pip"), lt.Dir(site+"/pip/__pycache__"), lt.Whiteout(site+"/pip"), lt.Whiteout(site+"/pip-23.0.1.dist-info"), lt.Whiteout("usr/local/bin/pip"))},
			want:  map[string]string{},
			gone:  []string{"usr/local/bin/pip3.9", site + "/pip", site + "/pip-24.0.dist-info"},
		},
		{
			name: "removals by hand are repeated, dpkg's are not",
			base: []lt.Entry{lt.File("usr/share/doc/readme", ""), lt.File("opt/x/a", ""), lt.File("opt/x/b", "")},
			steps: []step{run("rm", lt.Whiteout("usr/share/doc/readme"), lt.Whiteout("not/in/base"), lt.Opaque("opt/x"), lt.File("opt/x/a", "new"),
				lt.Whiteout("usr/lib/libc.so.6"), lt.Whiteout("var/lib/dpkg/info/libc6:amd64.list"), lt.Whiteout("var/lib/dpkg/status"))},
			want: map[string]string{"opt/x/a": "kept, unowned (system)"},
			gone: []string{"opt/x/b", "usr/share/doc/readme"},
		},
		{
			name:   "WORKDIR's tree, COPY and what nobody owns",
			config: v1.Config{WorkingDir: "/app"},
			steps: []step{
				cp(". /app", lt.Dir("app"), lt.File("app/main.py", "")),
				run("make data", lt.File("app/generated", ""), lt.File("data/model.bin", "")),
				cp("entrypoint.sh /", lt.Script("entrypoint.sh", "#!/bin/sh")),
			},
			want: map[string]string{
				"app/main.py": "kept, workdir (application)", "app/generated": "kept, workdir (application)",
				"data/model.bin": "kept, unowned (system)", "entrypoint.sh": "kept, copied (application)",
			},
		},
		{
			name:   "--minimal leaves out what is neither distribution nor application",
			config: v1.Config{WorkingDir: "/app"},
			opts:   selection.Options{Minimal: true},
			steps:  []step{cp(". /app", lt.File("app/main.py", "")), cp("x /x", lt.File("x", "")), run("y", lt.File("y", ""))},
			want:   map[string]string{"app/main.py": "kept, workdir (application)", "x": "dropped, none", "y": "dropped, none"},
		},
		{
			name:   "caches, even in WORKDIR, but not a WORKDIR in /tmp",
			config: v1.Config{WorkingDir: "/root"},
			steps: []step{run("pip", lt.File("root/.cache/pip/http/a", ""), lt.File("root/app.py", ""), lt.File("var/lib/apt/lists/x", ""),
				lt.File("tmp/build.log", ""), lt.File("etc/passwd-", ""), lt.File("root/.cache/huggingface/model", ""))},
			want: map[string]string{
				"root/.cache/pip/http/a": "dropped, caches", "root/app.py": "kept, workdir (application)", "var/lib/apt/lists/x": "dropped, caches",
				"tmp/build.log": "dropped, caches", "etc/passwd-": "dropped, caches", "root/.cache/huggingface/model": "kept, workdir (application)",
			},
		},
		{
			name:   "an application that lives in /tmp",
			config: v1.Config{WorkingDir: "/tmp/app"},
			steps:  []step{run("x", lt.File("tmp/app/main.py", ""), lt.File("tmp/other", ""))},
			want:   map[string]string{"tmp/app/main.py": "kept, workdir (application)", "tmp/other": "dropped, caches"},
		},
		{
			name: "files of removed Debian packages are dropped, through merged /usr",
			steps: []step{run("apt-get install libpq5",
				lt.File("var/lib/dpkg/info/libpq5:amd64.list", "/.\n/lib\n/lib/libpq.so.5\n/usr/share/doc/libpq5\n"), lt.File("var/lib/dpkg/status", ""),
				lt.File("usr/lib/libpq.so.5", ""), lt.File("usr/lib/libmine.so", ""), lt.File("etc/ld.so.cache", ""),
				lt.Symlink("etc/alternatives/editor", "/bin/vi"), lt.Symlink("usr/bin/editor", "/etc/alternatives/editor"))},
			want: map[string]string{
				"var/lib/dpkg/info/libpq5:amd64.list": "dropped, dpkg-database", "var/lib/dpkg/status": "dropped, dpkg-database",
				"usr/lib/libpq.so.5": "dropped, debian", "usr/lib/libmine.so": "kept, unowned (system)", "etc/ld.so.cache": "dropped, loader-cache",
				"etc/alternatives/editor": "dropped, debian", "usr/bin/editor": "dropped, debian",
			},
		},
		{
			name: "--keep beats --drop beats the rules",
			opts: selection.Options{Keep: patterns(t, "/opt/keep/**", "/usr/bin/git"), Drop: patterns(t, "/opt", "dist:dropped")},
			cold: []lt.Entry{lt.Script("usr/bin/git", "elf")},
			steps: []step{run("x",
				lt.File("opt/keep/a", ""), lt.File("opt/b", ""),
				lt.File(site+"/dropped.py", ""), lt.File(site+"/Dropped-1.dist-info/RECORD", "dropped.py,,\n"))},
			want: map[string]string{
				"opt/keep/a": "kept, unowned (system)", "opt/b": "dropped, drop", "usr/bin/git": "kept, keep (system)",
				site + "/dropped.py": "dropped, drop", site + "/Dropped-1.dist-info/RECORD": "dropped, drop",
			},
		},
		{
			name:   "ENTRYPOINT and CMD keep what they start, from FAT's base too",
			config: v1.Config{Entrypoint: []string{"/usr/bin/tini", "--"}, Cmd: []string{"serve"}, Env: []string{"PATH=/srv/bin:/usr/bin"}},
			opts:   selection.Options{Minimal: true},
			cold:   []lt.Entry{lt.Symlink("usr/bin/tini", "tini-static"), lt.Script("usr/bin/tini-static", "elf")},
			steps:  []step{run("x", lt.Script("srv/bin/serve", "#!/bin/sh"), lt.File("srv/bin/other", ""))},
			want: map[string]string{
				"usr/bin/tini": "kept, command (system)", "usr/bin/tini-static": "kept, command (system)",
				"srv/bin/serve": "kept, command (application)", "srv/bin/other": "dropped, none",
			},
		},
		{
			name: "a virtual environment's pip says nothing of the base's",
			steps: []step{run("python -m venv /opt/venv", lt.File("opt/venv/pyvenv.cfg", ""),
				lt.File("opt/venv/lib/python3.9/site-packages/pip-20.dist-info/METADATA", ""), lt.Whiteout("opt/venv/lib/python3.9/site-packages/pip-19.dist-info"))},
			want: map[string]string{
				"opt/venv/pyvenv.cfg": "kept, environment (dependencies)",
				"opt/venv/lib/python3.9/site-packages/pip-20.dist-info/METADATA": "kept, record (dependencies)",
			},
		},
		{
			name:  "a changed metadata file does not mean another version",
			steps: []step{run("x", lt.Dir(site+"/pip-23.0.1.dist-info"), lt.File(site+"/pip-23.0.1.dist-info/direct_url.json", "{}"))},
			want:  map[string]string{site + "/pip-23.0.1.dist-info/direct_url.json": "kept, record (dependencies)"},
		},
		{
			name: "HEALTHCHECK keeps its tool",
			config: v1.Config{
				Env:         []string{"PATH=/usr/bin"},
				Healthcheck: &v1.HealthConfig{Test: []string{"CMD-SHELL", "A=1 exec curl -f http://localhost/ || exit 1"}},
			},
			cold: []lt.Entry{lt.Script("usr/bin/curl", "elf"), lt.Script("usr/bin/wget", "elf")},
			want: map[string]string{"usr/bin/curl": "kept, command (system)"},
		},
		{
			name:  "what the base has is not written again",
			steps: []step{run("x", lt.File("etc/libc.conf", ""), lt.File("usr/local/lib/python3.9/os.py", "# patched"), lt.Dir("tmp").Chmod(0o1777))},
			want:  map[string]string{"etc/libc.conf": "in the base, unowned", "usr/local/lib/python3.9/os.py": "kept, unowned (system)"},
		},
		{
			name:  "devices and pipes are dropped",
			steps: []step{run("mknod", lt.Special("dev/null", '3'), lt.Special("run/pipe", '6'))},
			want:  map[string]string{"dev/null": "dropped, special", "run/pipe": "dropped, special"},
		},
		{
			name: "environments are kept whole",
			steps: []step{run("python -m venv /opt/venv", lt.File("opt/venv/pyvenv.cfg", "home = /usr/local/bin"), lt.Symlink("opt/venv/bin/python", "/usr/local/bin/python"),
				lt.File("opt/venv/lib/python3.9/site-packages/x.py", ""))},
			opts: selection.Options{Minimal: true},
			want: map[string]string{
				"opt/venv/pyvenv.cfg": "kept, environment (dependencies)", "opt/venv/bin/python": "kept, environment (dependencies)",
				"opt/venv/lib/python3.9/site-packages/x.py": "kept, environment (dependencies)",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, base := scene(t, c.config, slimBase(c.base...), c.cold, c.steps...)
			sel, err := extract.Select(t.Context(), in, base, c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, verdicts(sel)); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
			var gone []string
			for _, r := range sel.Removals {
				gone = append(gone, r.Path)
			}
			if diff := cmp.Diff(c.gone, gone); diff != "" {
				t.Errorf("removals (-want +got):\n%s", diff)
			}
			for _, it := range sel.Items {
				if it.Verdict == selection.Undecided || it.Reason.Rule.Name == "" {
					t.Errorf("/%s has no verdict", it.Path)
				}
			}
		})
	}
}

func TestDirectories(t *testing.T) {
	in, base := scene(t, v1.Config{}, slimBase(), nil, run("x",
		lt.Dir("data"), lt.Dir("var/log"), lt.Dir("var/log/app").Chown(1000, 1000), lt.Dir("root").Chmod(0o700), lt.Dir("root/.cache"),
		lt.Dir("root/.cache/pip").Chmod(0o755), lt.File("root/.cache/pip/x", ""), lt.Dir("tmp").Chmod(0o777), lt.Dir("etc"), lt.Dir("opt"), lt.File("opt/tool", ""),
		lt.Dir("usr"), lt.Dir("usr/local"), lt.Dir("usr/local/lib"), lt.Dir("usr/local/lib/python3.9"), lt.Dir(site), lt.Dir(site+"/pip"),
		lt.Dir(site+"/pip/__pycache__"), lt.File(site+"/pip/__pycache__/a.cpython-39.pyc", "")))
	sel, err := extract.Select(t.Context(), in, base, selection.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := written(plan.New(sel, base))
	want := []string{
		"system: data/", "system: var/log/", "system: var/log/app/", "system: tmp/", "system: opt/", "system: opt/tool",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("an empty directory, one with an owner or mode of its own, and parents are written; nothing else (-want +got):\n%s", diff)
	}
}

func TestPlan(t *testing.T) {
	in, base := scene(t, v1.Config{WorkingDir: "/app"}, slimBase(), nil,
		run("useradd app && pip install m",
			lt.File("etc/passwd", "root:x:0:0:root:/root:/bin/bash\napp:x:1000:1000::/home/app:/bin/sh\n"),
			lt.File(site+"/m.py", "m"), lt.Hardlink(site+"/n.py", site+"/m.py"), lt.File(site+"/m-1.dist-info/RECORD", "m.py,,\nn.py,,\n"),
			lt.Dir("lib64"), lt.File("usr/lib/mine.so", "x"), lt.Whiteout(site+"/pip-23.0.1.dist-info")),
		cp(". /app", lt.Dir("app").Chown(1000, 1000), lt.File("app/z", "z"), lt.File("app/a", "a"), lt.Symlink("app/l", "a")),
	)
	sel, err := extract.Select(t.Context(), in, base, selection.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plan := plan.New(sel, base)
	want := []string{
		"system: etc/passwd", "system: lib64/", "system: usr/lib/mine.so",
		"dependencies: usr/local/bin/.wh.pip3.9", "dependencies: " + site + "/.wh.pip", "dependencies: " + site + "/.wh.pip-24.0.dist-info",
		"dependencies: " + site + "/m.py", "dependencies: " + site + "/n.py = " + site + "/m.py",
		"dependencies: " + site + "/m-1.dist-info/", "dependencies: " + site + "/m-1.dist-info/RECORD",
		"application: app/", "application: app/z", "application: app/a", "application: app/l -> a",
	}
	if diff := cmp.Diff(want, written(plan)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if got := string(plan.Layers[0].Writes[0].Content); !strings.Contains(got, "app:x:1000") || !strings.Contains(got, "_apt:x:100") {
		t.Errorf("accounts of one side are lost: %q", got)
	}
}

// A squashed image holds Debian and CPython in its one layer: both are the
// base's matter, what the user added is not.
func TestSelectSquashed(t *testing.T) {
	in, base := scene(t, v1.Config{WorkingDir: "/app"}, slimBase(), nil)
	all := append(slimBase(),
		lt.File("app/main.py", ""), lt.File("usr/local/include/python3.9/Python.h", ""), lt.Script("usr/local/bin/pydoc3.9", ""),
		lt.Script("usr/local/bin/mytool", ""), lt.File("usr/bin/git", "elf"), lt.File("var/lib/dpkg/info/git.list", "/usr/bin/git\n"))
	stack, err := layers.NewStack(0, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := stack.Upper.Apply(0, lt.Table(all...)); err != nil {
		t.Fatal(err)
	}
	in.Stack = stack
	sel, err := extract.Select(t.Context(), in, base, selection.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := verdicts(sel)
	for path, want := range map[string]string{
		"app/main.py": "kept, workdir (application)", "usr/local/bin/mytool": "kept, script (dependencies)",
		"usr/local/include/python3.9/Python.h": "dropped, interpreter", "usr/local/bin/pydoc3.9": "dropped, interpreter",
		"usr/local/lib/python3.9/os.py": "in the base, interpreter", "usr/bin/git": "dropped, debian", "usr/lib/libc.so.6": "in the base, debian",
		"lib": "in the base, unowned", site + "/pip/__init__.py": "in the base, record",
	} {
		if got[path] != want {
			t.Errorf("%s: %q, want %q", path, got[path], want)
		}
	}
	if len(sel.Removals) != 0 {
		t.Errorf("removals of what FAT has: %v", sel.Removals)
	}
}

// No cold layer is opened to find out that CMD's arguments, or a name that lies further
// back on PATH, are not programs.
func TestCommandReadsNoColdLayer(t *testing.T) {
	for _, config := range []v1.Config{
		{Entrypoint: []string{"/entrypoint.sh"}, Cmd: []string{"--help"}, Env: []string{"PATH=/usr/local/bin:/usr/bin"}},
		{Cmd: []string{"python3.9", "app.py"}, Env: []string{"PATH=/root/.local/bin:/usr/local/bin"}},
		{Cmd: []string{"serve"}, Env: []string{"PATH=/root/.local/bin:/srv/bin"}},
	} {
		in, base := scene(t, config, slimBase(), nil, run("x", lt.Script("entrypoint.sh", "#!/bin/sh"), lt.Script("srv/bin/serve", "")))
		stack, err := layers.NewStack(1, nil, func(context.Context, int) (*layers.Table, error) {
			return nil, errors.New("a layer of the original base image was read")
		})
		if err != nil {
			t.Fatal(err)
		}
		stack.Upper = in.Stack.Upper
		in.Stack = stack
		if _, err := extract.Select(t.Context(), in, base, selection.Options{}); err != nil {
			t.Errorf("%q %q: %v", config.Entrypoint, config.Cmd, err)
		}
	}
}

func TestSelectUnmatched(t *testing.T) {
	for _, c := range []struct{ flag, pattern string }{
		{"keep", "/no/such/**"}, {"keep", "deb:absent"}, {"drop", "dist:absent"}, {"drop", "/nothing"},
	} {
		in, base := scene(t, v1.Config{}, slimBase(), nil, run("x", lt.File("x", "")))
		opts := selection.Options{Keep: patterns(t, c.pattern)}
		if c.flag == "drop" {
			opts = selection.Options{Drop: patterns(t, c.pattern)}
		}
		_, err := extract.Select(t.Context(), in, base, opts)
		var unmatched *selection.UnmatchedPatternError
		if !errors.As(err, &unmatched) || unmatched.Flag != c.flag || unmatched.Pattern != c.pattern {
			t.Errorf("--%s %s: %v", c.flag, c.pattern, err)
		}
	}
}

func TestParsePattern(t *testing.T) {
	for _, bad := range []string{"", "relative/path", "deb:", "dist:", "/", "/a[", "other:x"} {
		if _, err := selection.ParsePattern(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestWarnings(t *testing.T) {
	in, base := scene(t, v1.Config{}, slimBase(), nil, run("x",
		lt.File("usr/local/lib/python3.9/ssl.py", "patched"), lt.Special("dev/x", '4')))
	sel, err := extract.Select(t.Context(), in, base, selection.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, w := range sel.Warnings {
		got += w.Code + ": " + w.Message + "\n"
	}
	for _, want := range []string{"patched-stdlib: 1 file (/usr/local/lib/python3.9/ssl.py)", "special-files: 1 device"} {
		if !strings.Contains(got, want) {
			t.Errorf("warnings lack %q:\n%s", want, got)
		}
	}
}

func Example() {
	base := &selection.Base{Tree: lt.Tree(0, []lt.Entry{lt.File("usr/local/bin/python3.9", "elf")})}
	stack, _ := layers.NewStack(0, nil, nil)
	_ = stack.Upper.Apply(0, lt.Table(
		lt.File(site+"/six.py", ""), lt.File(site+"/six-1.16.0.dist-info/RECORD", "six.py,,\n"), lt.File("root/.cache/pip/http/1", ""),
	))
	sel, err := extract.Select(context.Background(), &selection.Image{
		Config: &v1.ConfigFile{}, Stack: stack, Runtime: selection.Runtime{Version: "3.9.2"},
	}, base, selection.Options{})
	if err != nil {
		fmt.Println(err)
	}
	for _, it := range sel.Items {
		if it.Kind == layers.File {
			fmt.Printf("%s: %s, %s\n", it.Path, it.Verdict, it.Reason.Text)
		}
	}
	// Output:
	// root/.cache/pip/http/1: dropped, cache, log or backup that nothing reads again
	// usr/local/lib/python3.9/site-packages/six-1.16.0.dist-info/RECORD: kept, RECORD of six 1.16.0
	// usr/local/lib/python3.9/site-packages/six.py: kept, RECORD of six 1.16.0
}
