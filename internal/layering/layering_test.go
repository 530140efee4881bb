// Package layering tests which package may import which.
package layering

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/slimify/slimify"

// rank orders the packages from the bottom up: one may import those below it.
var rank = map[string]int{"layers": 1, "extract": 2, "assemble": 3, "cmd": 4}

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", module+"/...").Output()
	if err != nil {
		t.Fatalf("listing packages: %v", err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
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

// Packages that unpack and run images are below assemble and import neither rules
// nor registries, and pure packages do not import them.
func TestRunningPackages(t *testing.T) {
	may := map[string][]string{
		module + "/internal/unpack":  {module + "/layers"},
		module + "/internal/sandbox": {module + "/internal/unpack"},
		module + "/internal/parity":  nil,
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
	for _, p := range list(t) {
		switch p.ImportPath {
		case module + "/layers", module + "/extract", module + "/extract/verify":
		default:
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
