package extract_test

import (
	"context"
	"errors"
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

func TestDirectories(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
	for _, bad := range []string{"", "relative/path", "deb:", "dist:", "/", "/a[", "other:x"} {
		if _, err := selection.ParsePattern(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	in, base := scene(t, v1.Config{}, slimBase(), nil, run("x",
		lt.File("usr/local/lib/python3.9/ssl.py", "patched"), lt.Special("dev/x", '4'), lt.Special("run/y", '6')))
	sel, err := extract.Select(t.Context(), in, base, selection.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, w := range sel.Warnings {
		got += w.Code + ": " + w.Message + "\n"
	}
	for _, want := range []string{"patched-stdlib: 1 file (/usr/local/lib/python3.9/ssl.py)", "special-files: 2 special files (/dev/x, /run/y)"} {
		if !strings.Contains(got, want) {
			t.Errorf("warnings lack %q:\n%s", want, got)
		}
	}
}
