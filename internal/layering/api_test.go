package layering

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A program of somebody else cannot name a type of an internal package: nothing
// that a public package exports has one.
func TestPublicAPI(t *testing.T) {
	t.Parallel()
	var checked int
	for _, p := range list(t) {
		if !slices.Contains([]string{"layers", "extract", "assemble"}, area(p.ImportPath)) || strings.Contains(p.ImportPath, "/internal/") {
			continue
		}
		dir := filepath.Join("../..", strings.TrimPrefix(p.ImportPath, module))
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			checked++
			for _, what := range internalTypes(f) {
				t.Errorf("%s/%s: %s", strings.TrimPrefix(p.ImportPath, module+"/"), name, what)
			}
		}
	}
	if checked == 0 {
		t.Error("the test looks at no file")
	}
}

// internalTypes lists the exported declarations of a file whose types are of internal
// packages.
func internalTypes(f *ast.File) (out []string) {
	internal := make(map[string]bool) // by the name in the file
	for _, im := range f.Imports {
		at, _ := strconv.Unquote(im.Path.Value)
		name := path.Base(at)
		if im.Name != nil {
			name = im.Name.Name
		}
		if strings.HasPrefix(at, module+"/") {
			internal[name] = strings.Contains(at, "/internal/")
		}
	}
	check := func(what string, n ast.Node) {
		if n == nil {
			return
		}
		ast.Inspect(n, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if id, ok := s.X.(*ast.Ident); ok && internal[id.Name] {
					out = append(out, what+" has "+id.Name+"."+s.Sel.Name)
				}
			}
			return true
		})
	}
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d))) {
				check(d.Name.Name, d.Type)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() {
						checkType(s.Name.Name, s.Type, check)
					}
				case *ast.ValueSpec:
					if slices.ContainsFunc(s.Names, (*ast.Ident).IsExported) && s.Type != nil {
						check(s.Names[0].Name, s.Type)
					}
				}
			}
		}
	}
	return out
}

// checkType checks what a type shows: of a struct or an interface the exported
// members.
func checkType(name string, t ast.Expr, check func(string, ast.Node)) {
	var members *ast.FieldList
	switch t := t.(type) {
	case *ast.StructType:
		members = t.Fields
	case *ast.InterfaceType:
		members = t.Methods
	default:
		check(name, t)
		return
	}
	for _, m := range members.List {
		if len(m.Names) == 0 || slices.ContainsFunc(m.Names, (*ast.Ident).IsExported) {
			check(name, m.Type)
		}
	}
}

// receiver is the name of a method's type.
func receiver(d *ast.FuncDecl) string {
	t := d.Recv.List[0].Type
	if s, ok := t.(*ast.StarExpr); ok {
		t = s.X
	}
	if i, ok := t.(*ast.IndexExpr); ok {
		t = i.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}
