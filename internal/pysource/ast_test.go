package pysource_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/internal/pysource"
)

// listImports prints the imports of each file of the standard library that the
// interpreter's own parser accepts, tests aside: {"file": …, "imports": [[line, level,
// module, names], …]}, with null for the names of "import module".
const listImports = `
import ast, json, os, sysconfig, warnings

warnings.simplefilter("ignore")
root = os.path.realpath(sysconfig.get_path("stdlib"))
skipped = {"site-packages", "dist-packages", "__pycache__", "test", "tests", "idle_test"}

def statements(node):
    """Yields the statements in a node, without the expressions in them."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        for child in getattr(node, field, ()):
            yield child
            yield from statements(child)

for folder, folders, files in os.walk(root):
    folders[:] = sorted(f for f in folders if f not in skipped)
    for name in sorted(files):
        if not name.endswith(".py"):
            continue
        path = os.path.join(folder, name)
        try:
            with open(path, "rb") as f:
                tree = ast.parse(f.read())
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        found = []
        for node in statements(tree):
            if isinstance(node, ast.Import):
                found += [[node.lineno, 0, a.name, None] for a in node.names]
            elif isinstance(node, ast.ImportFrom):
                found.append([node.lineno, node.level, node.module or "", [a.name for a in node.names]])
        print(json.dumps({"file": path, "imports": found}))
`

// The scanner finds the imports that CPython's own parser finds, in each file of the
// standard library.
func TestStandardLibrary(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 on PATH to compare with")
	}
	out, err := exec.CommandContext(t.Context(), python, "-I", "-c", listImports).Output()
	if err != nil {
		t.Fatalf("listing the imports of the standard library: %v", err)
	}
	files, imports := 0, 0
	for line := range bytes.Lines(out) {
		var want struct {
			File    string
			Imports [][4]any
		}
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		src, err := os.ReadFile(want.File)
		if err != nil {
			t.Fatal(err)
		}
		files++
		imports += len(want.Imports)
		var parsed, scanned []string
		for _, i := range want.Imports {
			parsed = append(parsed, fmt.Sprint(i[:]...))
		}
		for _, i := range pysource.Scan(src).Imports {
			names := any(nil)
			if i.Names != nil {
				names = i.Names
			}
			scanned = append(scanned, fmt.Sprint(i.Line, i.Level, i.Module, names))
		}
		slices.Sort(parsed)
		slices.Sort(scanned)
		if diff := cmp.Diff(parsed, scanned); diff != "" {
			t.Errorf("%s (-ast +Scan):\n%s", filepath.Base(want.File), diff)
		}
	}
	if files < 100 || imports < 1000 {
		t.Errorf("compared only %d imports of %d files: python3 has no standard library", imports, files)
	}
	t.Logf("compared %d imports of %d files", imports, files)
}
