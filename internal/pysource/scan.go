package pysource

import (
	"bytes"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/source"
)

// scanner reads a source by logical lines.
type scanner struct {
	lexer
	out         source.Source
	wantImports bool
	opens       bool // the source opens libraries: every literal that is a library's name counts
	blocks      []block
	names       map[string]string  // full names by names in the source: "sp" is "subprocess"
	values      map[string][]value // literals assigned to a name
	// lineNo is the line at lineAt, from which lineOf counts on.
	lineAt, lineNo int
}

// block is an open compound statement.
type block struct {
	indent int
	kind   blockKind
	first  int // the number of imports before it
}

type blockKind uint8

const (
	plain     blockKind = iota
	function            // deferred
	tryBody             // guarded if a handler for import errors follows
	guardBody           // guarded
)

func newScanner(src []byte) *scanner {
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	return &scanner{
		lexer: lexer{src: src, stop: len(src), budget: 4*len(src) + 1<<20},
		opens: opens(src),
		names: make(map[string]string), values: make(map[string][]value),
		lineNo: 1,
	}
}

func (s *scanner) scan() {
	for {
		indent, first, ok := s.next()
		if !ok {
			return
		}
		if first {
			s.statements(indent)
		}
		s.expressions(s.line)
		if first {
			s.assignment()
		}
		s.insideStrings()
	}
}

// insideStrings reads the expressions of the line's f-strings.
func (s *scanner) insideStrings() {
	if len(s.exprs) == 0 {
		return
	}
	outer := s.lexer
	for _, e := range outer.exprs {
		// Brackets around an expression join its lines.
		s.lexer = lexer{src: outer.src, at: e.start, stop: e.end, depth: 1, budget: s.budget}
		for {
			_, _, ok := s.next()
			if !ok {
				break
			}
			s.expressions(s.line)
			// Strings inside these expressions are not searched again.
			s.depth = 1
		}
		outer.budget = s.budget
	}
	s.lexer = outer
}

// str is the text of a token.
func (s *scanner) str(t token) []byte { return s.src[t.start:t.end] }

func (s *scanner) is(t token, word string) bool {
	return t.kind == name && string(s.str(t)) == word
}

// lineOf counts the line of a place, from 1.
func (s *scanner) lineOf(at int) int {
	if at >= s.lineAt {
		s.lineNo += bytes.Count(s.src[s.lineAt:at], []byte{'\n'})
	} else {
		s.lineNo -= bytes.Count(s.src[at:s.lineAt], []byte{'\n'})
	}
	s.lineAt = at
	return s.lineNo
}

// statements reads the simple statements of a logical line, including those
// after the colon of a compound statement.
func (s *scanner) statements(indent int) {
	s.leave(indent)
	start, depth := 0, 0
	header := s.enter(indent)
	for i, t := range s.line {
		switch t.kind {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case ':', ';':
			if depth > 0 || t.kind == ':' && !header {
				continue
			}
			s.statement(s.line[start:i])
			start, header = i+1, false
		}
	}
	s.statement(s.line[start:])
}

// leave closes the blocks that a line's indentation ends. The clauses of a try
// statement have its indentation.
func (s *scanner) leave(indent int) {
	for len(s.blocks) > 0 {
		b := s.blocks[len(s.blocks)-1]
		if b.indent < indent || b.indent == indent && b.kind == tryBody && s.follows() {
			return
		}
		s.blocks = s.blocks[:len(s.blocks)-1]
	}
}

// follows reports whether the line is a clause of the try statement before it.
func (s *scanner) follows() bool {
	switch string(s.str(s.line[0])) {
	case "except", "else", "finally":
		return true
	}
	return false
}

// enter opens the block of a compound statement, and reports whether the line
// begins one.
func (s *scanner) enter(indent int) bool {
	first := s.line[0]
	if first.kind != name {
		return false
	}
	word := string(s.str(first))
	if word == "async" && len(s.line) > 1 {
		word = string(s.str(s.line[1]))
	}
	b := block{indent: indent, first: len(s.out.Imports)}
	switch word {
	case "def":
		b.kind = function
		s.forget(s.header())
	case "try":
		b.kind = tryBody
	case "if", "elif":
		if s.headerNames(conditions) {
			b.kind = guardBody
		}
	case "with":
		if s.headerNames(suppressors) && s.headerNames(importErrors) {
			b.kind = guardBody
		}
	case "except":
		if len(s.header()) > 1 && !s.headerNames(importErrors) {
			break
		}
		b.kind = guardBody
		if n := len(s.blocks); n > 0 && s.blocks[n-1].indent == indent {
			s.guard(s.blocks[n-1].first)
		}
	case "for":
		s.loop()
	case "else", "finally", "while", "class", "match", "case":
	default:
		return false
	}
	s.blocks = append(s.blocks, b)
	return true
}

// Names in the header of a compound statement that guard the imports in its
// block.
var (
	conditions   = []string{"TYPE_CHECKING", "platform", "version_info", "os.name", "PY2", "PY3", "False"}
	suppressors  = []string{"suppress"}
	importErrors = []string{"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
)

// header is a compound statement's line before its colon.
func (s *scanner) header() []token {
	depth := 0
	for i, t := range s.line {
		switch t.kind {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case ':':
			if depth <= 0 {
				return s.line[:i]
			}
		}
	}
	return s.line
}

// headerNames reports whether the header contains one of the names, alone or as
// the last part of a dotted one.
func (s *scanner) headerNames(words []string) bool {
	line := s.header()
	for i, t := range line {
		if t.kind != name {
			continue
		}
		word := string(s.str(t))
		if i >= 2 && line[i-1].kind == '.' && s.is(line[i-2], "os") {
			word = "os." + word
		}
		if slices.Contains(words, word) {
			return true
		}
	}
	return false
}

// guard marks the imports from the given index on.
func (s *scanner) guard(first int) {
	for i := first; i < len(s.out.Imports); i++ {
		s.out.Imports[i].Guarded = true
	}
}

// statement reads a simple statement. Only imports matter.
func (s *scanner) statement(line []token) {
	if len(line) < 2 {
		return
	}
	switch {
	case s.is(line[0], "import"):
		s.importStatement(line)
	case s.is(line[0], "from"):
		s.fromStatement(line)
	}
}

// dotted reads "a.b.c" at the start of a line; n is the number of its tokens.
func (s *scanner) dotted(line []token) (path string, n int) {
	for n < len(line) && line[n].kind == name {
		n++
		if n+1 < len(line) && line[n].kind == '.' && line[n+1].kind == name {
			n++
			continue
		}
		break
	}
	if n == 1 {
		return string(s.str(line[0])), 1
	}
	var b strings.Builder
	for _, t := range line[:n] {
		b.Write(s.str(t))
	}
	return b.String(), n
}

// importStatement reads "import a.b, c as d".
func (s *scanner) importStatement(line []token) {
	at := line[0].start
	for line = line[1:]; len(line) > 0; {
		module, n := s.dotted(line)
		if n == 0 {
			return
		}
		line = line[n:]
		if len(line) > 1 && s.is(line[0], "as") {
			s.bind(string(s.str(line[1])), module)
			line = line[2:]
		} else {
			top, _, _ := strings.Cut(module, ".")
			s.bind(top, top)
		}
		s.found(source.Import{Module: module}, at)
		if len(line) == 0 || line[0].kind != ',' {
			return
		}
		line = line[1:]
	}
}

// fromStatement reads "from ..a.b import (c, d as e)".
func (s *scanner) fromStatement(line []token) {
	at := line[0].start
	imp := source.Import{}
	line = line[1:]
	for len(line) > 0 && line[0].kind == '.' {
		imp.Level++
		line = line[1:]
	}
	if len(line) > 0 && !s.is(line[0], "import") {
		var n int
		imp.Module, n = s.dotted(line)
		line = line[n:]
	}
	if len(line) < 2 || !s.is(line[0], "import") || imp.Module == "" && imp.Level == 0 {
		return
	}
	for line = line[1:]; len(line) > 0; line = line[1:] {
		switch t := line[0]; t.kind {
		case '*':
			imp.Names = append(imp.Names, "*")
			if imp.Level == 0 {
				s.star(imp.Module)
			}
		case name:
			item := string(s.str(t))
			imp.Names = append(imp.Names, item)
			as := item
			if len(line) > 2 && s.is(line[1], "as") {
				as = string(s.str(line[2]))
				line = line[2:]
			}
			switch {
			case item == "subprocess": // from gevent, or from a module that re-exports it
				s.bind(as, item)
			case imp.Level == 0:
				s.bind(as, imp.Module+"."+item)
				s.importedCommand(imp.Module, item, t.start)
			}
		case '(', ')', ',':
		default:
			line = line[:1]
		}
	}
	s.found(imp, at)
}

func (s *scanner) found(imp source.Import, at int) {
	if !s.wantImports || len(s.out.Imports) >= maxFound {
		return
	}
	imp.Line = s.lineOf(at)
	for _, b := range s.blocks {
		imp.Guarded = imp.Guarded || b.kind == guardBody
		imp.Deferred = imp.Deferred || b.kind == function
	}
	s.out.Imports = append(s.out.Imports, imp)
}
