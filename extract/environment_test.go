package extract_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/python"
	"github.com/slimify/slimify/extract/selection"
	lt "github.com/slimify/slimify/layers/layertest"
)

func warnings(sel *selection.Selection) string {
	out := ""
	for _, w := range sel.Warnings {
		out += w.Code + ": " + w.Message + "\n"
	}
	return out
}

// venv lists what "python -m venv" makes.
func venv(root, home, version string) []lt.Entry {
	minor := version[:strings.LastIndexByte(version, '.')]
	return []lt.Entry{
		lt.File(root+"/pyvenv.cfg", "home = "+home+"\ninclude-system-site-packages = false\nversion = "+version+"\n"),
		lt.Symlink(root+"/bin/python", "python3"), lt.Symlink(root+"/bin/python3", home+"/python"+minor),
		lt.File(root+"/lib/python"+minor+"/site-packages/mod.py", ""),
	}
}

// uvPython lists an interpreter as uv unpacks it.
func uvPython(dir string) []lt.Entry {
	full := dir + "/cpython-3.12.3-linux-x86_64-gnu"
	return []lt.Entry{
		lt.Symlink(dir+"/cpython-3.12-linux-x86_64-gnu", "cpython-3.12.3-linux-x86_64-gnu"),
		lt.Script(full+"/bin/python3.12", "elf"), lt.File(full+"/lib/python3.12/os.py", ""), lt.File(full+"/lib/python3.12/__pycache__/os.cpython-312.pyc", ""),
	}
}

func TestEnvironments(t *testing.T) {
	t.Parallel()
	const kept, dropped = "kept, environment", "dropped, none"
	uvVenv := func(dir string) []lt.Entry {
		return append(venv("app/.venv", "/"+dir+"/cpython-3.12-linux-x86_64-gnu/bin", "3.12.3"), uvPython(dir)...)
	}
	const uvDir = "root/.local/share/uv/python/cpython-3.12.3-linux-x86_64-gnu"
	debian := []lt.Entry{lt.Symlink("usr/bin/python3", "python3.9"), lt.Script("usr/bin/python3.9", "elf")}
	for _, c := range []struct {
		name    string
		config  v1.Config
		cold    []lt.Entry
		entries []lt.Entry
		want    map[string]string
		warned  string
	}{
		{
			name: "of the official interpreter", entries: append(venv("opt/venv", "/usr/local/bin", "3.9.2"), lt.File("opt/venv/lib/python3.9/site-packages/only.pyc", ""),
				lt.File("opt/venv/lib/python3.9/site-packages/__pycache__/mod.cpython-39.pyc", ""), lt.File("opt/venv/lib/python3.9/site-packages/__pycache__/gone.cpython-39.pyc", "")),
			want: map[string]string{
				"opt/venv/lib/python3.9/site-packages/only.pyc": kept, "opt/venv/lib/python3.9/site-packages/__pycache__/mod.cpython-39.pyc": "kept, bytecode",
				"opt/venv/lib/python3.9/site-packages/__pycache__/gone.cpython-39.pyc": "dropped, bytecode",
				"opt/venv/bin/python": kept, "opt/venv/bin/python3": kept, "opt/venv/lib/python3.9/site-packages/mod.py": kept},
		},
		{
			name: "where caches lie, as poetry makes them", entries: venv("root/.cache/pypoetry/virtualenvs/app-x", "/usr/local/bin", "3.9.2"),
			want: map[string]string{"root/.cache/pypoetry/virtualenvs/app-x/lib/python3.9/site-packages/mod.py": kept},
		},
		{
			name: "of uv's own interpreter, with all links to it", entries: uvVenv("root/.local/share/uv/python"),
			want: map[string]string{
				"root/.local/share/uv/python/cpython-3.12-linux-x86_64-gnu": kept, uvDir + "/bin/python3.12": kept, uvDir + "/lib/python3.12/os.py": kept,
				uvDir + "/lib/python3.12/__pycache__/os.cpython-312.pyc": "kept, bytecode",
			},
		},
		{
			name: "of an interpreter in a place that nothing names", entries: uvVenv("tmp/py"), config: v1.Config{User: "app"},
			want: map[string]string{
				"tmp/py/cpython-3.12-linux-x86_64-gnu": "kept, environment", "tmp/py/cpython-3.12.3-linux-x86_64-gnu/bin/python3.12": kept,
				"tmp/py/cpython-3.12.3-linux-x86_64-gnu/lib/python3.12/os.py": kept,
			},
		},
		{
			name: "an interpreter of root's that USER cannot read", entries: uvVenv("root/.local/share/uv/python"), config: v1.Config{User: "1000"},
			want:   map[string]string{uvDir + "/bin/python3.12": kept},
			warned: "unreadable-interpreter: USER 1000 cannot read the interpreter of /app/.venv: /" + uvDir + "/bin/python3.12 lies in root's home, of mode 0700",
		},
		{
			name: "of Debian's Python, which lies in a cold layer", cold: debian, entries: venv("opt/sys", "/usr/bin", "3.9.2"),
			want: map[string]string{"opt/sys/bin/python3": kept, "usr/bin/python3.9": kept},
		},
		{
			name: "with a copied interpreter, whose library lies at home",
			cold: debian, entries: append(venv("opt/sys", "/usr/bin", "3.9.2")[:1], lt.Script("opt/sys/bin/python3", "elf")),
			want: map[string]string{"opt/sys/bin/python3": kept, "usr/bin/python3.9": kept},
		},
		{
			name: "of somebody's own machine, unused", entries: venv("app/.venv", "/opt/homebrew/bin", "3.9.2"),
			want:   map[string]string{"app/.venv/bin/python3": kept},
			warned: "stale-environment: environment /app/.venv cannot run in the image either: its interpreter /opt/homebrew/bin/python3.9 is not in the image; drop it with --drop /app/.venv",
		},
		{
			name: "of another version than the interpreter that it names, unused", cold: debian,
			entries: []lt.Entry{lt.File("v/pyvenv.cfg", "home = /usr/bin\nversion_info = 3.12.1.final.0\n"), lt.Symlink("v/bin/python", "/usr/bin/python3")},
			want:    map[string]string{"v/bin/python": kept, "usr/bin/python3.9": ""},
			warned:  "stale-environment: environment /v cannot run in the image either: its interpreter /usr/bin/python3 is Python 3.9, but the environment was created for 3.12",
		},
		{
			name: "others by their marks and variables", config: v1.Config{Env: []string{"PYTHONUSERBASE=/deps", "PYENV_ROOT=/pyenv"}},
			entries: []lt.Entry{
				lt.File("opt/conda/conda-meta/history", ""), lt.File("opt/conda/bin/conda", ""), lt.File("home/u/.local/lib/python3.9/site-packages/m.py", ""),
				lt.File("home/u/.local/share/doc", ""), lt.File("deps/bin/tool", ""), lt.File("pyenv/versions/3.8/bin/x", ""), lt.File("root/.pyenv/versions/3.8/lib/y", ""),
				lt.File("old/bin/activate_this.py", ""), lt.File("old/lib/z", ""), lt.File("home/v/.local/share/other", ""),
			},
			want: map[string]string{
				"opt/conda/bin/conda": kept, "home/u/.local/lib/python3.9/site-packages/m.py": kept, "home/u/.local/share/doc": kept, "deps/bin/tool": kept,
				"pyenv/versions/3.8/bin/x": kept, "root/.pyenv/versions/3.8/lib/y": kept, "old/lib/z": kept, "home/v/.local/share/other": dropped,
			},
		},
		{
			name: "links from elsewhere into one, as pipx makes",
			entries: append(venv("opt/pipx/venvs/black", "/usr/local/bin", "3.9.2"), lt.File("opt/pipx/venvs/black/bin/black", ""),
				lt.Symlink("root/.local/bin/black", "/opt/pipx/venvs/black/bin/black"), lt.Symlink("root/.local/bin/other", "/bin/sh"), lt.File("opt/pipx/shared/x", "")),
			want: map[string]string{"root/.local/bin/black": kept, "root/.local/bin/other": dropped, "opt/pipx/shared/x": kept},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := []lt.Entry{lt.Symlink("usr/local/bin/python3", "python3.9")}
			sel := choose(t, c.config, selection.Options{Minimal: true}, base, c.cold, run("x", c.entries...))
			got := rules(sel, c.want)
			for path, verdict := range c.want {
				if verdict == "" { // must not be looked at
					got[path] += ""
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
			if got := warnings(sel); !strings.Contains(got, c.warned) || c.warned == "" && got != "" {
				t.Errorf("warnings %q, want %q", got, c.warned)
			}
		})
	}
}

// An environment that the image uses and that cannot run is an error.
func TestInterpreterError(t *testing.T) {
	t.Parallel()
	missing := venv("opt/venv", "/usr/local/bin", "3.8.1")
	other := []lt.Entry{lt.File("opt/venv/pyvenv.cfg", "home = /usr/local/bin\nversion = 3.8.1\n"), lt.Symlink("opt/venv/bin/python", "/usr/local/bin/python3.9")}
	for _, c := range []struct {
		name    string
		config  v1.Config
		entries []lt.Entry
		want    string // "" for no error
	}{
		{"on PATH", v1.Config{Env: []string{"PATH=/opt/venv/bin:/usr/bin"}}, missing, "its interpreter /usr/local/bin/python3.8 is not in the image"},
		{"in VIRTUAL_ENV", v1.Config{Env: []string{"VIRTUAL_ENV=/opt/venv"}}, missing, "is not in the image"},
		{"started", v1.Config{Cmd: []string{"/opt/venv/bin/serve"}}, append(missing[:len(missing):len(missing)], lt.Script("opt/venv/bin/serve", "")), "is not in the image"},
		{"by a script's first line", v1.Config{Cmd: []string{"/serve"}}, append(missing[:len(missing):len(missing)], lt.Script("serve", "#!/opt/venv/bin/python\n")), "is not in the image"},
		{"of another version", v1.Config{Env: []string{"VIRTUAL_ENV=/opt/venv"}}, other, "is Python 3.9, but the environment was created for 3.8"},
		{"not used", v1.Config{}, missing, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, base := capturedScene(t, c.config, slimBase(), nil, run("x", c.entries...))
			_, err := extract.Select(t.Context(), in, base, selection.Options{})
			var e *python.InterpreterError
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if !errors.As(err, &e) || e.Environment != "/opt/venv" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q of /opt/venv", err, c.want)
			}
		})
	}
}
