// Package layering tests which package may import which.
package layering

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/slimify/slimify"

// rank orders the packages from the bottom up: one may import those below it.
var rank = map[string]int{"layers": 1, "extract": 2, "assemble": 3, "cmd": 4}

type listed struct {
	ImportPath string
	GoFiles    []string
	Imports    []string
	Deps       []string
}

// packages lists the packages of the module, once.
var packages = sync.OnceValues(func() (all []listed, err error) {
	if err := lookAtSources("../.."); err != nil {
		return nil, err
	}
	out, err := exec.Command("go", "list", "-json=ImportPath,GoFiles,Imports,Deps", module+"/...").Output()
	if err != nil {
		return nil, fmt.Errorf("listing packages: %w", err)
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})

// lookAtSources stats all Go files. The go command caches the results of tests by the files
// that they look at, not by those that go list reads.
func lookAtSources(root string) error {
	return filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") {
			_, err = os.Stat(path)
		}
		return err
	})
}

func list(t *testing.T) []listed {
	t.Helper()
	all, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// area is the first element of a package's path in the module; "" for others.
func area(importPath string) string {
	rest, ok := strings.CutPrefix(importPath, module+"/")
	if !ok {
		return ""
	}
	first, _, _ := strings.Cut(rest, "/")
	return first
}

func TestImportsGoDown(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, p := range list(t) {
		from := rank[area(p.ImportPath)]
		seen[area(p.ImportPath)] = true
		for _, imported := range p.Imports {
			if to := rank[area(imported)]; from > 0 && to > from {
				t.Errorf("%s imports %s, which stands above it", p.ImportPath, imported)
			}
		}
	}
	for name := range rank {
		if !seen[name] {
			t.Errorf("there is no package in %s: the test looks at nothing", name)
		}
	}
}

// violations lists the imports that rows do not allow, packages without a row, and rows
// without a package. Paths of packages are below the module.
func violations(all []listed, rows map[string][]string, governed []string) (out []string) {
	exists := make(map[string]bool)
	for _, p := range all {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		exists[name] = true
		row, has := rows[name]
		if !has {
			if slices.ContainsFunc(governed, func(tree string) bool { return matches(tree+"/...", name) }) {
				out = append(out, name+" has no row")
			}
			continue
		}
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, module+"/")
			if ours && !slices.ContainsFunc(row, func(pattern string) bool { return matches(pattern, to) }) {
				out = append(out, name+" imports "+to)
			}
		}
	}
	for name := range rows {
		if !exists[name] {
			out = append(out, "there is no package "+name)
		}
	}
	return out
}

// matches reports whether a pattern names a package, or with /... the root of its tree.
func matches(pattern, name string) bool {
	root, tree := strings.CutSuffix(pattern, "/...")
	return name == root || tree && strings.HasPrefix(name, root+"/")
}

// Packages import nothing that their row does not allow.
func TestAllowedImports(t *testing.T) {
	t.Parallel()
	for _, v := range violations(list(t), allowed, governed) {
		t.Errorf("%s (see allowed)", v)
	}
}

// The rows themselves go down: no two packages allow each other, directly or not.
func TestAllowedHasNoCycle(t *testing.T) {
	t.Parallel()
	var visit func(name string, path []string)
	visit = func(name string, path []string) {
		if i := slices.Index(path, name); i >= 0 {
			t.Errorf("%s allow each other", strings.Join(append(path[i:], name), " → "))
			return
		}
		for next := range allowed {
			if next != name && slices.ContainsFunc(allowed[name], func(p string) bool { return matches(p, next) }) {
				visit(next, append(slices.Clone(path), name))
			}
		}
	}
	for name := range allowed {
		visit(name, nil)
	}
}

// A row allows its packages and trees, and nothing else.
func TestViolations(t *testing.T) {
	t.Parallel()
	rows := map[string][]string{"a": {"b", "c/..."}, "gone": nil}
	for _, c := range []struct {
		name    string
		imports []string
		want    []string
	}{
		{"a", []string{"b", "c", "c/d/e"}, nil},
		{"a", []string{"b/inner"}, []string{"a imports b/inner"}},
		{"a", []string{"cc"}, []string{"a imports cc"}},
		{"a", []string{"a/inner", "d"}, []string{"a imports a/inner", "a imports d"}},
		{"other", []string{"a"}, nil},
		{"ruled", []string{"a"}, []string{"ruled has no row"}},
		{"ruled/inner", nil, []string{"ruled/inner has no row"}},
		{"ruledtoo", nil, nil},
	} {
		p := listed{ImportPath: module + "/" + c.name, Imports: []string{"fmt", "github.com/other/module"}}
		for _, i := range c.imports {
			p.Imports = append(p.Imports, module+"/"+i)
		}
		rest := listed{ImportPath: module + "/a"}
		want := append(slices.Clone(c.want), "there is no package gone")
		if got := violations([]listed{p, rest}, rows, []string{"ruled"}); !slices.Equal(got, want) {
			t.Errorf("%s, which imports %v: %q, want %q", c.name, c.imports, got, want)
		}
	}
}

// Packages that unpack and run images are below assemble and import neither rules
// nor registries, and pure packages do not import them.
func TestRunningPackages(t *testing.T) {
	t.Parallel()
	may := map[string][]string{
		module + "/internal/unpack":        {module + "/layers"},
		module + "/internal/sandbox":       {module + "/internal/unpack"},
		module + "/internal/python/parity": {module + "/layers", module + "/internal/imageconfig"},
	}
	seen := 0
	for _, p := range list(t) {
		allowed, running := may[p.ImportPath]
		if running {
			seen++
		}
		for _, imported := range p.Imports {
			_, runs := may[imported]
			if running && area(imported) != "" && !slices.Contains(allowed, imported) {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
			if from := rank[area(p.ImportPath)]; runs && from > 0 && from < rank["assemble"] {
				t.Errorf("%s imports %s, which runs images", p.ImportPath, imported)
			}
		}
	}
	if seen != len(may) {
		t.Errorf("%d of %d packages are there: the test looks at nothing", seen, len(may))
	}
}

// layers and extract are pure: they do no input or output.
func TestPurePackages(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		if !slices.Contains([]string{"layers", "extract"}, area(p.ImportPath)) {
			continue
		}
		for _, dep := range p.Deps {
			if dep == "net" || dep == "net/http" {
				t.Errorf("%s depends on %s", p.ImportPath, dep)
			}
		}
		for _, imported := range p.Imports {
			if imported == "os" || imported == "os/exec" || imported == "path/filepath" {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
	}
}
