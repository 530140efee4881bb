package layering

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// neutral are general packages that know no ecosystem by name.
var neutral = []string{"extract/check", "extract/verify"}

// ecosystemWords are the words of the ecosystems' names and of their tools. "node" is
// left out: a tree has nodes.
var ecosystemWords = []string{"python", "cpython", "pip", "pypi", "nodejs", "npm", "ruby", "gem", "rubygems"}

// General packages leave all that one ecosystem needs to the ecosystem's own package.
func TestNeutralPackages(t *testing.T) {
	t.Parallel()
	checked := make(map[string]bool)
	for _, p := range list(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		if !slices.Contains(neutral, name) {
			continue
		}
		for _, file := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("../..", name, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			checked[name] = true
			for _, found := range ecosystemNames(f) {
				t.Errorf("%s/%s has %s", name, file, found)
			}
		}
	}
	if len(checked) != len(neutral) {
		t.Errorf("only %d of %d packages have files", len(checked), len(neutral))
	}
}

// ecosystemNames lists the identifiers and string literals of a file that have the name
// of an ecosystem.
func ecosystemNames(f *ast.File) (out []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		text := ""
		switch n := n.(type) {
		case *ast.Ident:
			text = n.Name
		case *ast.BasicLit:
			if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				text = s
			}
		}
		if slices.ContainsFunc(words(text), func(w string) bool { return slices.Contains(ecosystemWords, w) }) {
			out = append(out, text)
		}
		return true
	})
	return out
}

// word is a word of an identifier or a text: "Site" and "Packages" of "SitePackages".
var word = regexp.MustCompile(`[A-Z]+[a-z]*|[a-z]+`)

func words(text string) (out []string) {
	for _, w := range word.FindAllString(text, -1) {
		out = append(out, strings.ToLower(w))
	}
	return out
}

func TestEcosystemNames(t *testing.T) {
	t.Parallel()
	const text = `package p
import "x/extract/python"
var pipe, isPython, node = "pipelines", "usr/bin/python3.9", 'p'
func PipCache(gemstone int) {}
`
	f, err := parser.ParseFile(token.NewFileSet(), "p.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"x/extract/python", "isPython", "usr/bin/python3.9", "PipCache"}
	if got := ecosystemNames(f); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}
