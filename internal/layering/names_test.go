package layering

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ecosystemNames matches what only the package of an ecosystem may say.
var ecosystemNames = regexp.MustCompile(`(?i)python|pypi|conda|venv|virtualenv|site-packages|dist-packages|\bpip\b`)

// general reports whether a package serves every ecosystem. The table of ecosystems is in the package extract itself.
func general(name string) bool {
	return strings.HasPrefix(name, "extract/") && !strings.HasPrefix(name, "extract/python")
}

// What general code knows of an ecosystem it asks of it: no identifier and no string has the name of one.
func TestGeneralPackagesNameNoEcosystem(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, p := range list(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		if !general(name) {
			continue
		}
		for _, file := range p.GoFiles {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, filepath.Join("../..", name, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			checked++
			ast.Inspect(f, func(n ast.Node) bool {
				text := ""
				switch n := n.(type) {
				case *ast.Ident:
					text = n.Name
				case *ast.BasicLit:
					text = n.Value
				}
				if ecosystemNames.MatchString(text) {
					t.Errorf("%s has %s", fset.Position(n.Pos()), text)
				}
				return true
			})
		}
	}
	if checked == 0 {
		t.Error("the test looks at no file")
	}
}
