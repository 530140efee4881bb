package extract_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/selection"
	lt "github.com/slimify/slimify/layers/layertest"
)

// selectCase is an image with the verdicts of its paths that are no directories.
type selectCase struct {
	name   string
	config v1.Config
	opts   selection.Options
	base   []lt.Entry // added to slimBase
	cold   []lt.Entry
	steps  []step
	want   map[string]string
	gone   []string // removals
}

func (c selectCase) test(t *testing.T) {
	t.Parallel()
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
}

// Packages are kept by their records; their bytecode and what they replace in the base follow.
func TestSelectPackages(t *testing.T) {
	t.Parallel()
	for _, c := range []selectCase{
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
		t.Run(c.name, c.test)
	}
}

// The application's files, caches, and what the user says.
func TestSelectFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []selectCase{
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
	} {
		t.Run(c.name, c.test)
	}
}

// Debian packages, the commands of the container, and what the base has.
func TestSelectSystem(t *testing.T) {
	t.Parallel()
	for _, c := range []selectCase{
		{
			name: "removals by hand are repeated, dpkg's are not",
			base: []lt.Entry{lt.File("usr/share/doc/readme", ""), lt.File("opt/x/a", ""), lt.File("opt/x/b", "")},
			steps: []step{run("rm", lt.Whiteout("usr/share/doc/readme"), lt.Whiteout("not/in/base"), lt.Opaque("opt/x"), lt.File("opt/x/a", "new"),
				lt.Whiteout("usr/lib/libc.so.6"), lt.Whiteout("var/lib/dpkg/info/libc6:amd64.list"), lt.Whiteout("var/lib/dpkg/status"))},
			want: map[string]string{"opt/x/a": "kept, unowned (system)"},
			gone: []string{"opt/x/b", "usr/share/doc/readme"},
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
	} {
		t.Run(c.name, c.test)
	}
}
