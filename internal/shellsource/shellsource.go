// Package shellsource finds the commands that shell scripts call and the
// scripts that they source, by literal names. It runs nothing and ignores
// conditions.
package shellsource

import (
	"bytes"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/slimify/slimify/extract/source"
)

// The parser's stack grows by kilobytes with each open bracket. People write
// far less; longer texts are not read.
const (
	maxSource   = 128 << 10
	maxBrackets = 8 << 10
	maxFound    = 2000
	maxEval     = 4 // nesting of texts for a shell
)

// Scan reads a script for a POSIX shell or Bash, up to its first syntax error.
func Scan(src []byte) source.Script {
	s := newScanner()
	s.parse(src, 1, 0)
	return s.result()
}

// ScanArgs reads an argument list as a script with one command.
func ScanArgs(argv ...string) source.Script {
	s := newScanner()
	args := make([]*syntax.Word, len(argv))
	for i, arg := range argv {
		args[i] = &syntax.Word{Parts: []syntax.WordPart{&syntax.SglQuoted{Value: arg}}}
	}
	s.call(args, 1, 0)
	return s.result()
}

func newScanner() *scanner {
	return &scanner{functions: make(map[string]bool), checked: make(map[string]bool), vars: make(map[string]*string)}
}

// found records a command once.
func (s *scanner) found(list *[]source.Command, c source.Command) {
	same := func(o source.Command) bool { return o.Name == c.Name && o.Guarded == c.Guarded }
	if c.Name != "" && len(*list) < maxFound && !slices.ContainsFunc(*list, same) && !strings.ContainsAny(c.Name, "\x00\n*?") {
		*list = append(*list, c)
	}
}

type scanner struct {
	out       source.Script
	functions map[string]bool    // defined in the script
	checked   map[string]bool    // commands whose existence it checks
	vars      map[string]*string // values of variables; nil unless there is exactly one, and it is literal
}

// parse reads a text whose first line has the given number.
func (s *scanner) parse(src []byte, line, nesting int) {
	brackets := bytes.Count(src, []byte{'('}) + bytes.Count(src, []byte{'['}) + bytes.Count(src, []byte{'{'})
	if len(src) > maxSource || brackets > maxBrackets || nesting > maxEval {
		return
	}
	p := syntax.NewParser(syntax.Variant(syntax.LangBash))
	var stmts []*syntax.Stmt
	// Statements before a syntax error count. The sequence must be read to its
	// end.
	for st, err := range p.StmtsSeq(bytes.NewReader(src)) {
		if err == nil && st != nil {
			stmts = append(stmts, st)
		}
	}
	for _, st := range stmts {
		syntax.Walk(st, s.declare)
	}
	for _, st := range stmts {
		syntax.Walk(st, func(n syntax.Node) bool {
			if c, ok := n.(*syntax.CallExpr); ok {
				s.call(c.Args, line-1, nesting)
			}
			return true
		})
	}
}

// declare records functions and assignments anywhere in a script.
func (s *scanner) declare(n syntax.Node) bool {
	switch n := n.(type) {
	case *syntax.FuncDecl:
		for _, name := range append(n.Names, n.Name) {
			if name != nil {
				s.functions[name.Value] = true
			}
		}
	case *syntax.ForClause:
		if w, ok := n.Loop.(*syntax.WordIter); ok {
			s.vars[w.Name.Value] = nil
		}
	case *syntax.Assign:
		s.assign(n)
	case *syntax.CallExpr:
		// "read NAME" sets it to an unknown value.
		if len(n.Args) > 1 && n.Args[0].Lit() == "read" {
			for _, w := range n.Args[1:] {
				s.vars[w.Lit()] = nil
			}
		}
	}
	return true
}

func (s *scanner) assign(a *syntax.Assign) {
	if a.Name == nil || a.Naked {
		return
	}
	name := a.Name.Value
	if name == "PATH" {
		s.addPath(a.Value)
		return
	}
	before, set := s.vars[name]
	value, ok := s.word(a.Value)
	switch {
	case a.Append || a.Array != nil || a.Index != nil || !ok:
		s.vars[name] = nil
	case !set:
		s.vars[name] = &value
	case before != nil && *before != value:
		s.vars[name] = nil
	}
}

// result drops the script's own functions and duplicates.
func (s *scanner) result() source.Script {
	found := s.out.Commands
	s.out.Commands = nil
	for _, c := range found {
		c.Guarded = c.Guarded || s.checked[c.Name]
		if !s.functions[c.Name] {
			s.found(&s.out.Commands, c)
		}
	}
	return s.out
}
