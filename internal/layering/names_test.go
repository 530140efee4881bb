package layering

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ecosystemNames matches what only the package of an ecosystem may say.
var ecosystemNames = regexp.MustCompile(`(?i)python|pypi|conda|venv|virtualenv|site-packages|dist-packages|\bpip\b`)

// specific are the packages that serve one ecosystem: freezing writes requirements for its installer.
var specific = []string{"extract/python", "assemble/freeze"}

// general reports whether a package serves every ecosystem. The table of ecosystems is in the package extract itself.
func general(name string) bool {
	of := func(dir string) bool { return name == dir || strings.HasPrefix(name, dir+"/") }
	return (strings.HasPrefix(name, "extract/") || of("assemble")) && !slices.ContainsFunc(specific, of)
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
				if _, ok := n.(*ast.ImportSpec); ok {
					return false // which package may import which is another test's
				}
				text := ""
				switch n := n.(type) {
				case *ast.Ident:
					text = n.Name
				case *ast.BasicLit:
					text = n.Value
				}
				if ecosystemNames.MatchString(text) && !strings.Contains(text, "license") {
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
