package lockfile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/internal/python/lockfile"
)

var (
	a = strings.Repeat("a", 64)
	b = strings.Repeat("b", 64)
)

// fill replaces A and B in a sample with digests.
func fill(s string) []byte {
	return []byte(strings.NewReplacer("sha256:A", "sha256:"+a, "sha256:B", "sha256:"+b, `"A"`, `"`+a+`"`, `"B"`, `"`+b+`"`).Replace(s))
}

func TestParse(t *testing.T) {
	t.Parallel()
	flask := lockfile.Pin{Name: "flask", Version: "3.0.3", Hashes: []string{a, b}}
	for _, c := range []struct {
		name, file, doc string
		want            []lockfile.Pin
	}{
		{"uv", "app/uv.lock", `version = 1
requires-python = ">=3.11"
[[package]]
name = "flask"
version = "3.0.3"
source = { registry = "https://index.example.org/simple" }
dependencies = [{ name = "click" }]
sdist = { url = "https://files.example/flask-3.0.3.tar.gz", hash = "sha256:B", size = 676315 }
wheels = [{ url = "https://files.example/flask-3.0.3-py3-none-any.whl", hash = "sha256:A", size = 101735 }]
[[package]]
name = "app"
version = "0.1.0"
source = { editable = "." }
`, []lockfile.Pin{flask}},
		{"poetry", "app/poetry.lock", `[[package]]
name = "flask"
version = "3.0.3"
files = [
    {file = "flask-3.0.3-py3-none-any.whl", hash = "sha256:A"},
    {file = "flask-3.0.3.tar.gz", hash = "sha256:B"},
]
[metadata]
lock-version = "2.0"
content-hash = "1"
`, []lockfile.Pin{flask}},
		{"old poetry", "app/poetry.lock", `[[package]]
name = "flask"
version = "3.0.3"
[metadata]
lock-version = "1.1"
[metadata.files]
flask = [
    {file = "flask-3.0.3-py3-none-any.whl", hash = "sha256:A"},
    {file = "flask-3.0.3.tar.gz", hash = "sha256:B"},
]
`, []lockfile.Pin{flask}},
		{"PDM", "app/pdm.lock", `[metadata]
groups = ["default"]
[[package]]
name = "flask"
version = "3.0.3"
files = [{url = "https://files.example/f.whl", hash = "sha256:A"}, {file = "f.tar.gz", hash = "sha256:B"}]
`, []lockfile.Pin{flask}},
		{"PEP 751", "app/pylock.prod.toml", `lock-version = "1.0"
created-by = "uv"
[[packages]]
name = "flask"
version = "3.0.3"
sdist = { url = "https://files.example/f.tar.gz", hashes = { sha256 = "B" } }
wheels = [{ name = "f.whl", hashes = { sha256 = "A", md5 = "0" } }]
[[packages]]
name = "click"
version = "8.1.7"
archive = { url = "https://files.example/click.whl", hashes = { sha256 = "B" } }
[[packages]]
name = "of-git"
vcs = { type = "git", url = "https://git.example/x", commit-id = "0" }
`, []lockfile.Pin{flask, {Name: "click", Version: "8.1.7", Hashes: []string{b}}}},
		{"Pipfile", "app/Pipfile.lock", `{"_meta": {"hash": {"sha256": "0"}},
"default": {"flask": {"hashes": ["sha256:B", "sha256:A"], "index": "pypi", "version": "==3.0.3"}, "local": {"editable": true, "path": "."}},
"develop": {"click": {"hashes": ["sha256:B"], "version": "==8.1.7"}}}`, []lockfile.Pin{{Name: "click", Version: "8.1.7", Hashes: []string{b}}, flask}},
		{"requirements", "requirements/prod.txt", `# made by pip-compile
--index-url https://index.example/simple
Flask[async]==3.0.3 ; python_version >= "3.8" \
    --hash=sha256:A \
    --hash=sha256:B
    # via -r requirements.in
click==8.1.7 --hash=sha256:B --hash=md5:0
unpinned>=1.0 --hash=sha256:A
bare==1.0
-e .
`, []lockfile.Pin{{Name: "Flask", Version: "3.0.3", Hashes: []string{a, b}}, {Name: "click", Version: "8.1.7", Hashes: []string{b}}}},
		{"Windows' lines", "dev-requirements.txt", "flask==3.0.3 \\\r\n  --hash=sha256:A \\\r\n  --hash=sha256:B\r\n", []lockfile.Pin{flask}},
		{"other hashes", "requirements.txt", "flask==3.0.3 --hash=sha512:A --hash=sha256:abc\n", nil},
		{"no TOML", "uv.lock", "<<<<<<< HEAD\n", nil},
		{"other TOML", "uv.lock", "package = 1\n", nil},
		{"no JSON", "Pipfile.lock", "[]", nil},
		{"no lock file", "app/flask.txt", "flask==3.0.3 --hash=sha256:A\n", nil},
		{"deep", "pylock.toml", "a = " + strings.Repeat("[", 1<<20), nil},
		{"large", "requirements.txt", "flask==3.0.3 --hash=sha256:A\n" + strings.Repeat("#", lockfile.MaxSize), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := lockfile.Parse(c.file, fill(c.doc))
			if len(got) == 0 {
				got = nil
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A small file must not take hours or all memory.
func TestHostile(t *testing.T) {
	repeat := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	const n = 100_000
	for name, doc := range map[string]string{
		"keys":           repeat(n, "a%d = 1\n"),
		"many tables":    strings.Repeat("[[package]]\n"+repeat(2_900, "a%d = 1\n"), 20),
		"tables":         repeat(n, "[a%d]\n"),
		"arrays":         repeat(n, "[[a%d]]\n"),
		"tables below":   "[[package]]\n" + repeat(n, "[package.a%d]\n"),
		"inline":         "a = [{b = {" + repeat(n, "a%d = 1, ") + "c = 1}}]\n",
		"shared hashes":  repeat(n/10, "[[package]]\nname = \"a\"\nversion = \"%d\"\n") + "[metadata.files]\na = [" + repeat(n/10, "{hash = \"sha256:%064x\"},") + "]\n",
		"nothing at all": repeat(n, "[[package]]\nname = \"a%d\"\n"),
	} {
		start := time.Now()
		if got := lockfile.Parse("uv.lock", []byte(doc)); len(got) > 0 {
			t.Errorf("%s: %d pins", name, len(got))
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func TestIs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"app/requirements.txt": true, "requirements-dev.txt": true, "app/dev_requirements.txt": true, "constraints.txt": true, "app/requirements/base.txt": true,
		"a/uv.lock": true, "pylock.toml": true, "pylock.dev.toml": true, "Pipfile.lock": true,
		"requirements.in": false, "app/notes.txt": false, "Pipfile": false, "Cargo.lock": false, "pyproject.toml": false, "xpylock.toml": false,
	} {
		if got := lockfile.Is(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("requirements.txt", fill("flask==3.0.3 --hash=sha256:A\n"))
	f.Add("uv.lock", fill("[[package]]\nname = \"x\"\nversion = \"1\"\nsdist = {hash = \"sha256:A\"}\n"))
	f.Add("Pipfile.lock", fill(`{"default": {"x": {"version": "==1", "hashes": ["sha256:A"]}}}`))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		for _, p := range lockfile.Parse(name, data) {
			for _, h := range p.Hashes {
				if len(h) != 64 || strings.Trim(h, "0123456789abcdef") != "" {
					t.Errorf("%q is no hash", h)
				}
			}
		}
	})
}
