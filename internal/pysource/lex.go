package pysource

import "bytes"

// kind is the kind of a token. An operator's is its byte.
type kind byte

const (
	end    kind = 0 // of the logical line
	name   kind = 'a'
	text   kind = '"' // a string that holds no expressions
	format kind = 'f' // an f-string or t-string
	other  kind = '0' // a number
)

// token is a span of the source.
type token struct {
	kind       kind
	start, end int
}

// span is an expression inside an f-string.
type span struct{ start, end int }

// lexer cuts a source into logical lines of tokens.
type lexer struct {
	src   []byte
	at    int
	stop  int     // where to end: len(src), or less for an expression
	depth int     // open brackets
	line  []token // the tokens of the current logical line
	exprs []span  // expressions in f-strings of the current line
	// budget is how many bytes may be read in vain for f-strings that do not
	// end. Hostile sources would make that quadratic.
	budget int
}

// maxTokens bounds a logical line. Longer ones, tables of data, are returned in
// pieces.
const maxTokens = 1 << 13

// Classes of bytes.
const (
	isSpace byte = 1 << iota
	isName       // of a name; a digit cannot begin one
	isDigit
)

var classes = func() (t [256]byte) {
	for c := range t {
		switch {
		case c == ' ' || c == '\t' || c == '\f' || c == '\r':
			t[c] = isSpace
		case c >= '0' && c <= '9':
			t[c] = isName | isDigit
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80:
			t[c] = isName
		}
	}
	return t
}()

// next reads a logical line into lx.line. It returns its indentation, whether
// this is its start (and not the rest of one that was too long), and false at
// the end of the source.
func (lx *lexer) next() (indent int, first, ok bool) {
	lx.line, lx.exprs = lx.line[:0], lx.exprs[:0]
	first = lx.depth == 0
	start := true
	for lx.at < lx.stop {
		if start && lx.depth == 0 {
			indent = lx.indent()
			start = false
			if lx.at >= lx.stop {
				break
			}
		}
		c := lx.src[lx.at]
		switch {
		case classes[c]&isSpace != 0:
			lx.at++
		case c == '\n':
			lx.at++
			if lx.depth > 0 {
				continue
			}
			if len(lx.line) > 0 {
				return indent, first, true
			}
			start = true
		case c == '#':
			lx.skipLine()
		case c == '\\':
			lx.continuation()
		case c == '"' || c == '\'':
			lx.str(lx.at, false)
		case classes[c]&isDigit != 0:
			lx.number()
		case classes[c]&isName != 0:
			lx.word()
		default:
			lx.operator(c)
		}
		if len(lx.line) >= maxTokens {
			return indent, first, true
		}
	}
	lx.depth = 0
	return indent, first, len(lx.line) > 0
}

// indent reads the indentation of a line.
func (lx *lexer) indent() int {
	n := 0
	for ; lx.at < lx.stop; lx.at++ {
		switch lx.src[lx.at] {
		case ' ':
			n++
		case '\t':
			n = n/8*8 + 8
		case '\f', '\r':
			n = 0
		default:
			return n
		}
	}
	return n
}

func (lx *lexer) skipLine() {
	if i := bytes.IndexByte(lx.src[lx.at:lx.stop], '\n'); i >= 0 {
		lx.at += i
	} else {
		lx.at = lx.stop
	}
}

// continuation reads a backslash, which joins a line to the next at its end.
func (lx *lexer) continuation() {
	lx.at++
	if lx.at < lx.stop && lx.src[lx.at] == '\r' {
		lx.at++
	}
	if lx.at < lx.stop && lx.src[lx.at] == '\n' {
		lx.at++
	}
}

func (lx *lexer) emit(k kind, start int) {
	lx.line = append(lx.line, token{k, start, lx.at})
}

func (lx *lexer) operator(c byte) {
	switch c {
	case '(', '[', '{':
		lx.depth++
	case ')', ']', '}':
		lx.depth = max(0, lx.depth-1)
	}
	lx.at++
	lx.emit(kind(c), lx.at-1)
}

// number reads a number with the letters and dots in it.
func (lx *lexer) number() {
	start := lx.at
	for lx.at < lx.stop && (classes[lx.src[lx.at]]&isName != 0 || lx.src[lx.at] == '.') {
		lx.at++
	}
	lx.emit(other, start)
}

// word reads a name, or a string with a prefix.
func (lx *lexer) word() {
	start := lx.at
	for lx.at < lx.stop && classes[lx.src[lx.at]]&isName != 0 {
		lx.at++
	}
	if lx.at < lx.stop && lx.at-start <= 3 && (lx.src[lx.at] == '"' || lx.src[lx.at] == '\'') {
		if formatted, ok := prefix(lx.src[start:lx.at]); ok {
			lx.str(start, formatted)
			return
		}
	}
	lx.emit(name, start)
}

// prefix reports whether a word is a string prefix, and whether such strings
// contain expressions (PEP 498, PEP 750).
func prefix(word []byte) (formatted, ok bool) {
	for _, c := range word {
		switch c {
		case 'f', 'F', 't', 'T':
			formatted = true
		case 'r', 'R', 'b', 'B', 'u', 'U':
		default:
			return false, false
		}
	}
	return formatted, true
}

// str reads a string whose quote is at lx.at.
func (lx *lexer) str(start int, formatted bool) {
	if formatted {
		exprs := len(lx.exprs)
		if stop, ok := lx.formatEnd(lx.at, 0); ok {
			lx.at = stop
			lx.emit(format, start)
			return
		}
		lx.exprs = lx.exprs[:exprs]
	}
	lx.at = lx.stringEnd(lx.at)
	if formatted {
		lx.emit(format, start)
	} else {
		lx.emit(text, start)
	}
}

// quote returns the quotation mark at an offset: one byte or three.
func (lx *lexer) quote(at int) []byte {
	if at+2 < lx.stop && lx.src[at+1] == lx.src[at] && lx.src[at+2] == lx.src[at] {
		return lx.src[at : at+3]
	}
	return lx.src[at : at+1]
}

// stringEnd returns the end of a string whose quote is at an offset: after its
// closing quote or, if it is not closed, at the end of the line or for triple
// quotes of the source.
func (lx *lexer) stringEnd(at int) int {
	q := lx.quote(at)
	if len(q) == 1 {
		for i := at + 1; i < lx.stop; i++ {
			switch lx.src[i] {
			case '\\':
				if i++; i+1 < lx.stop && lx.src[i] == '\r' && lx.src[i+1] == '\n' {
					i++
				}
			case '\n':
				return i
			case q[0]:
				return i + 1
			}
		}
		return lx.stop
	}
	for i := at + 3; ; {
		j := bytes.Index(lx.src[i:lx.stop], q)
		if j < 0 {
			return lx.stop
		}
		// A quote after an odd number of backslashes is part of the text.
		slashes := 0
		for i+j-1-slashes >= at+3 && lx.src[i+j-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i + j + 3
		}
		i += j + 1
	}
}

// maxNesting bounds f-strings in expressions of f-strings.
const maxNesting = 6

// formatEnd is stringEnd for an f-string; it records the expressions. If ok is
// false the string does not end, and stop is how far it was read.
func (lx *lexer) formatEnd(at, nesting int) (stop int, ok bool) {
	if nesting > maxNesting || lx.budget < 0 {
		return at, false
	}
	q := lx.quote(at)
	i, ok := at+len(q), true
	for ok && i < lx.stop {
		switch c := lx.src[i]; {
		case c == '\\':
			i += 2
		case c == '{' && i+1 < lx.stop && lx.src[i+1] == '{':
			i += 2
		case c == '{':
			i, ok = lx.fieldEnd(i+1, q, nesting)
		case c == q[0] && bytes.HasPrefix(lx.src[i:lx.stop], q):
			return i + len(q), true
		case c == '\n' && len(q) == 1:
			ok = false
		default:
			i++
		}
	}
	lx.budget -= i - at
	return i, false
}

// fieldEnd returns the end of a replacement field that begins at an offset,
// after its brace. Since Python 3.12 it may contain the string's own quotes and
// line breaks (PEP 701).
func (lx *lexer) fieldEnd(at int, q []byte, nesting int) (stop int, ok bool) {
	depth, i := 0, at
	for i < lx.stop {
		switch c := lx.src[i]; {
		case c == '"' || c == '\'':
			if !lx.formattedAt(i) {
				i = lx.stringEnd(i)
			} else if i, ok = lx.formatEnd(i, nesting+1); !ok {
				return i, false
			}
		case c == '(' || c == '[' || c == '{':
			depth++
			i++
		case depth == 0 && (c == '}' || c == ':' || c == '!' && i+1 < lx.stop && lx.src[i+1] != '='):
			if nesting == 0 {
				lx.exprs = append(lx.exprs, span{at, i})
			}
			if c == '}' {
				return i + 1, true
			}
			return lx.specEnd(i+1, q, nesting)
		case c == ')' || c == ']' || c == '}':
			depth--
			i++
		case c == '#':
			return i, false // a comment, or an error in older versions
		default:
			i++
		}
	}
	return i, false
}

// formattedAt reports whether the string whose quote is at an offset has the
// prefix of an f-string.
func (lx *lexer) formattedAt(at int) bool {
	i := at
	for i > 0 && at-i < 3 && classes[lx.src[i-1]]&isName != 0 {
		i--
	}
	formatted, ok := prefix(lx.src[i:at])
	return ok && formatted
}

// specEnd returns the end of a replacement field whose conversion or format
// begins at an offset. The format may contain fields.
func (lx *lexer) specEnd(at int, q []byte, nesting int) (stop int, ok bool) {
	i := at
	for i < lx.stop && nesting <= maxNesting {
		switch c := lx.src[i]; {
		case c == '}':
			return i + 1, true
		case c == '{':
			if i, ok = lx.fieldEnd(i+1, q, nesting+1); !ok {
				return i, false
			}
		case c == q[0] && bytes.HasPrefix(lx.src[i:lx.stop], q), c == '\n' && len(q) == 1:
			return i, false
		default:
			i++
		}
	}
	return i, false
}
