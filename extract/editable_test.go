package extract_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/selection"
	lt "github.com/slimify/slimify/layers/layertest"
)

// rules renders what became of some paths: "kept, editable", "" if a path is
// unknown.
func rules(sel *selection.Selection, paths map[string]string) map[string]string {
	out := make(map[string]string)
	for _, it := range sel.Items {
		if _, ok := paths[it.Path]; ok {
			out[it.Path] = it.Verdict.String() + ", " + it.Reason.Rule.Name
		}
	}
	return out
}

// choose selects from layers captured as assemble captures them.
func choose(t *testing.T, config v1.Config, opts selection.Options, base, cold []lt.Entry, steps ...step) *selection.Selection {
	t.Helper()
	in, b := capturedScene(t, config, slimBase(base...), cold, steps...)
	sel, err := extract.Select(t.Context(), in, b, opts)
	if err != nil {
		t.Fatal(err)
	}
	return sel
}

// Editable installs lie where caches and build directories lie, and --minimal
// must not lose them either.
func TestEditable(t *testing.T) {
	t.Parallel()
	const kept = "kept, editable"
	for _, c := range []struct {
		name  string
		files []lt.Entry
		want  map[string]string
	}{
		{
			"an absolute line of a .pth file", []lt.Entry{
				lt.File(site+"/__editable__.app-0.1.pth", "# comment\n\n/tmp/src/app/src\n"), lt.File("tmp/src/app/src/app/__init__.py", ""),
				lt.File("tmp/src/app/pyproject.toml", ""), lt.File("tmp/src/app/app.egg-info/PKG-INFO", ""), lt.File("tmp/src/app/build.log", ""),
			},
			map[string]string{
				"tmp/src/app/src/app/__init__.py": kept, "tmp/src/app/pyproject.toml": kept, "tmp/src/app/app.egg-info/PKG-INFO": kept,
				"tmp/src/app/build.log": "dropped, caches",
			},
		},
		{
			"a relative line, through a link", []lt.Entry{lt.File(site+"/x.pth", "../../../../../src/x\n"), lt.Symlink("src", "/root/src"), lt.File("root/src/x/x.py", "")},
			map[string]string{"src": kept, "root/src/x/x.py": kept},
		},
		{
			"a finder's MAPPING and NAMESPACES", []lt.Entry{
				lt.File(site+"/__editable__.app-0.1.pth", "import __editable___app_0_1_finder; __editable___app_0_1_finder.install()"),
				lt.File(site+"/__editable___app_0_1_finder.py", "from x import y\nMAPPING: dict[str, str] = {'app': '/root/.cache/src/app', 'single': \"/root/.cache/src/single\"}\n"+
					"NAMESPACES: dict[str, list[str]] = {'ns': ['/root/.cache/ns/it\\'s']}\n"),
				lt.File("root/.cache/src/app/__init__.py", ""), lt.File("root/.cache/src/single.py", ""), lt.File("root/.cache/src/setup.py", ""),
				lt.File("root/.cache/ns/it's/mod.py", ""), lt.File("root/.cache/src/unrelated/x", ""),
			},
			map[string]string{
				"root/.cache/src/app/__init__.py": kept, "root/.cache/src/single.py": kept, "root/.cache/src/setup.py": kept,
				"root/.cache/ns/it's/mod.py": kept, "root/.cache/src/unrelated/x": "dropped, none",
			},
		},
		{
			"scikit-build-core's and meson-python's finders", []lt.Entry{
				lt.File(site+"/_a_editable.pth", "import _a_editable"), lt.File(site+"/_a_editable.py", "install({}, {'a': '/tmp/a/a.py'})"),
				lt.File(site+"/b-editable.pth", "import _b_editable_loader"), lt.File(site+"/_b_editable_loader.py", `install("b", {"b"}, "/tmp/b/build", ["/usr/bin/ninja"])`),
				lt.File("tmp/a/a.py", ""), lt.File("tmp/b/build/b.so", ""),
			},
			map[string]string{"tmp/a/a.py": kept, "tmp/b/build/b.so": kept},
		},
		{
			"a strict install's directory of links", []lt.Entry{
				lt.File(site+"/__editable__.app.pth", "/tmp/app/build/__editable__.app-0.1-py3-none-any\n"),
				lt.Symlink("tmp/app/build/__editable__.app-0.1-py3-none-any/app/core.py", "/tmp/app/src/app/core.py"), lt.File("tmp/app/src/app/core.py", ""),
			},
			map[string]string{
				"tmp/app/build/__editable__.app-0.1-py3-none-any/app/core.py": kept, "tmp/app/src/app/core.py": "kept, link",
			},
		},
		{
			"setuptools' develop", []lt.Entry{
				lt.File(site+"/app.egg-link", "/tmp/app\n."), lt.File(site+"/easy-install.pth", "/tmp/app\n"), lt.File("tmp/app/app.py", ""),
				lt.File("tmp/app/app.egg-info/PKG-INFO", "Name: app\nVersion: 2.5\n"),
			},
			map[string]string{"tmp/app/app.py": kept, "tmp/app/app.egg-info/PKG-INFO": kept},
		},
		{
			"direct_url.json", []lt.Entry{
				lt.File(site+"/app-1.dist-info/direct_url.json", `{"dir_info": {"editable": true}, "url": "file:///tmp/my%20app", "subdirectory": "py"}`),
				lt.File(site+"/other-1.dist-info/direct_url.json", `{"dir_info": {}, "url": "file:///tmp/other"}`),
				lt.File("tmp/my app/py/app.py", ""), lt.File("tmp/other/x.py", ""),
			},
			map[string]string{"tmp/my app/py/app.py": kept, "tmp/other/x.py": "dropped, caches"},
		},
		{
			"in every site directory", []lt.Entry{
				lt.File("opt/venv/pyvenv.cfg", ""), lt.File("opt/venv/lib/python3.9/site-packages/a.pth", "/tmp/a"), lt.File("tmp/a/a.py", ""),
				lt.File("home/u/.local/lib/python3.9/site-packages/b.pth", "/tmp/b"), lt.File("tmp/b/b.py", ""),
				lt.File("usr/local/lib/python3.9/dist-packages/c.pth", "/tmp/c"), lt.File("tmp/c/c.py", ""),
			},
			map[string]string{"tmp/a/a.py": kept, "tmp/b/b.py": kept, "tmp/c/c.py": kept},
		},
		{
			"never whole areas", []lt.Entry{
				lt.File(site+"/a.pth", "/\n/usr\n/tmp\n../..\n.\n/usr/local/lib\n"), lt.File("tmp/junk", ""), lt.File("usr/share/junk", ""),
				lt.File("usr/local/lib/junk", ""),
			},
			map[string]string{"tmp/junk": "dropped, caches", "usr/share/junk": "dropped, none", "usr/local/lib/junk": "dropped, none"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			sel := choose(t, v1.Config{}, selection.Options{Minimal: true}, nil, nil, run("pip install -e", c.files...))
			if diff := cmp.Diff(c.want, rules(sel, c.want)); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
		})
	}
}

// A distribution that "develop" installed is one of the image's: its metadata
// lies beside the source.
func TestDistributionsEverywhere(t *testing.T) {
	t.Parallel()
	sel := choose(t, v1.Config{WorkingDir: "/app"}, selection.Options{Minimal: true}, nil, nil, run("x",
		lt.File(site+"/dev.egg-link", "/src/dev\n."), lt.File("src/dev/dev.egg-info/PKG-INFO", "Name: dev\nVersion: 2.5\n\nVersion: none"),
		lt.File(site+"/zipped-1.0-py3.9.egg", "PK"), lt.File(site+"/tree-2.0-py3.9.egg/EGG-INFO/PKG-INFO", ""), lt.File(site+"/tree-2.0-py3.9.egg/tree.py", ""),
		lt.File("opt/deps/six.py", ""), lt.File("opt/deps/bin/six", ""), lt.File("opt/deps/six-1.16.dist-info/METADATA", ""), lt.File("opt/deps/six-1.16.dist-info/RECORD", "six.py,,\n../../bin/six,,\n"),
		lt.File("app/vendored/METADATA", ""), lt.File(site+"/x/_vendor/y-1.dist-info/METADATA", ""), lt.File(site+"/x/_vendor/y-1.dist-info/RECORD", ""),
		lt.File("usr/local/lib/python3.9/dist-packages/deb-1.dist-info/METADATA", ""),
		lt.File("usr/lib/python3/dist-packages/owned-1.egg-info", ""), lt.File("var/lib/dpkg/info/python3-owned.list", "/usr/lib/python3/dist-packages/owned-1.egg-info\n")))
	var got []string
	for _, d := range sel.Distributions {
		got = append(got, d.Name+" "+d.Version)
	}
	want := "six 1.16, deb 1, tree 2.0, zipped 1.0, dev 2.5"
	if strings.Join(got, ", ") != want {
		t.Errorf("distributions %q, want %q", got, want)
	}
	verdicts := map[string]string{
		site + "/zipped-1.0-py3.9.egg": "kept, egg-info", site + "/tree-2.0-py3.9.egg/tree.py": "kept, egg-info",
		"opt/deps/six.py": "kept, record", "opt/deps/bin/six": "kept, site-packages",
		"usr/lib/python3/dist-packages/owned-1.egg-info": "dropped, debian",
	}
	if diff := cmp.Diff(verdicts, rules(sel, verdicts)); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
}
