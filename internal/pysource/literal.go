package pysource

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// value is a literal: a string, or the first elements of a list.
type value struct {
	words []string // at least one
	text  bool
}

// unknown replaces the parts of a value that are not literal.
const unknown = "$_"

const (
	maxArguments = 512 // tokens of a call that are read
	maxWords     = 16  // elements of a list that are read
	maxValues    = 16  // literals that a name may stand for
	maxBrackets  = 8   // nesting of literals
)

// arguments splits the content of brackets at its commas. line begins with the
// opening bracket.
func (s *scanner) arguments(line []token) [][]token {
	var out [][]token
	depth, start := 0, 1
	for i, t := range line {
		if i > maxArguments {
			break
		}
		switch t.kind {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		}
		if depth == 0 || depth == 1 && t.kind == ',' {
			if i > start {
				out = append(out, line[start:i])
			}
			start = i + 1
			if depth == 0 {
				return out
			}
		}
	}
	if end := min(len(line), maxArguments); end > start {
		out = append(out, line[start:end]) // cut off at maxArguments
	}
	return out
}

// literal returns the values that an expression may have, as far as its
// beginning is literal.
func (s *scanner) literal(expr []token, nesting int) []value {
	if len(expr) == 0 || nesting > maxBrackets {
		return nil
	}
	switch first := expr[0]; first.kind {
	case text, format:
		return s.stringValue(expr)
	case '[', '(':
		elems := s.arguments(expr)
		if len(elems) == 0 {
			return nil
		}
		if first.kind == '(' && len(elems) == 1 && !s.trailingComma(expr) {
			return s.literal(elems[0], nesting+1)
		}
		var words []string
		for _, e := range elems[:min(len(elems), maxWords)] {
			w := unknown
			if v := s.literal(e, nesting+1); len(v) > 0 && v[0].text {
				w = v[0].words[0]
			}
			words = append(words, w)
		}
		if words[0] == unknown {
			return nil
		}
		return []value{{words: words}}
	case name:
		if path, n := s.dotted(expr); functions[s.full(path)] == split && n < len(expr) && expr[n].kind == '(' {
			var out []value
			for _, v := range s.literalFirst(expr[n:], nesting) {
				out = append(out, fields(v)...)
			}
			return out
		}
		if len(expr) == 1 || expr[1].kind == '+' {
			return s.values[string(s.str(first))]
		}
	}
	return nil
}

// literalFirst is the first argument's literal.
func (s *scanner) literalFirst(line []token, nesting int) []value {
	if args := s.arguments(line); len(args) > 0 {
		return s.literal(args[0], nesting+1)
	}
	return nil
}

// full replaces the first part of a dotted name with what it stands for.
func (s *scanner) full(path string) string {
	head, rest, dotted := strings.Cut(path, ".")
	full := s.names[head]
	if dotted && full != "" {
		full += "." + rest
	}
	return full
}

// trailingComma reports whether brackets end with a comma: a tuple with one
// element.
func (s *scanner) trailingComma(expr []token) bool {
	depth := 0
	for i, t := range expr {
		switch t.kind {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				return expr[i-1].kind == ','
			}
		}
	}
	return false
}

// fields splits a text at whitespace.
func fields(v value) []value {
	if words := strings.Fields(v.words[0]); v.text && len(words) > 0 {
		return []value{{words: words[:min(len(words), maxWords)]}}
	}
	return nil
}

// percent matches a conversion of the "%" operator.
var percent = regexp.MustCompile(`%(\([^)]*\))?[-+ #0-9.*]*[a-zA-Z]`)

// braces matches a replacement field of str.format.
var braces = regexp.MustCompile(`\{[^{}]*\}`)

// stringValue reads adjacent string literals and the operator or method that
// follows them.
func (s *scanner) stringValue(expr []token) []value {
	var b strings.Builder
	n := 0
	for ; n < len(expr) && (expr[n].kind == text || expr[n].kind == format) && b.Len() <= maxArg; n++ {
		b.WriteString(s.decode(expr[n]))
	}
	v := value{[]string{b.String()}, true}
	if n == len(expr) {
		return []value{v}
	}
	switch next := expr[n]; {
	case next.kind == '%':
		v.words[0] = percent.ReplaceAllLiteralString(v.words[0], unknown)
	case next.kind == '+':
		v.words[0] += unknown
	case next.kind == '.' && n+1 < len(expr):
		switch string(s.str(expr[n+1])) {
		case "format":
			v.words[0] = braces.ReplaceAllLiteralString(v.words[0], unknown)
		case "split":
			return fields(v)
		default:
			return nil
		}
	}
	return []value{v}
}

// decode returns a string token's text. Expressions in it become unknown.
func (s *scanner) decode(t token) string {
	at := t.start
	raw := false
	for ; at < t.end && s.src[at] != '"' && s.src[at] != '\''; at++ {
		raw = raw || s.src[at] == 'r' || s.src[at] == 'R'
	}
	if at >= t.end {
		return ""
	}
	q := s.quote(at)
	body := s.src[at+len(q) : max(at+len(q), t.end)]
	if n := len(body) - len(q); n >= 0 && string(body[n:]) == string(q) {
		body = body[:n]
	}
	if len(body) > maxArg {
		body = body[:maxArg+1] // too long to be recorded anyway
	}
	plain := true
	for _, c := range body {
		if c == '\\' || c == '{' || c == '}' {
			plain = false
			break
		}
	}
	if plain {
		return string(body)
	}
	from := at + len(q)
	stop := s.stop
	s.stop = t.end // do not search for an expression's end after the string
	defer func() { s.stop = stop }()
	return s.unescape(from, from+len(body), q, raw, t.kind == format)
}

// unescape reads a string's body with its escapes and expressions.
func (s *scanner) unescape(at, stop int, q []byte, raw, formatted bool) string {
	var b strings.Builder
	for at < stop {
		c := s.src[at]
		switch {
		case c == '\\' && !raw && at+1 < stop:
			at += s.escape(&b, s.src[at+1:stop]) + 1
			continue
		case formatted && (c == '{' || c == '}') && at+1 < stop && s.src[at+1] == c:
			at++
		case formatted && c == '{':
			// nesting 1: the line's expressions are recorded already.
			if next, ok := s.fieldEnd(at+1, q, 1); ok {
				b.WriteString(unknown)
				at = next
				continue
			}
		}
		b.WriteByte(c)
		at++
	}
	return b.String()
}

// escape writes the character of an escape sequence, and returns the sequence's
// length after the backslash.
func (s *scanner) escape(b *strings.Builder, rest []byte) int {
	const simple = "abfnrtv\\'\"\n"
	const means = "\a\b\f\n\r\t\v\\'\""
	if i := strings.IndexByte(simple, rest[0]); i >= 0 {
		if i < len(means) {
			b.WriteByte(means[i])
		}
		return 1
	}
	if rest[0] == 'x' && len(rest) >= 3 {
		if hi, lo := unhex(rest[1]), unhex(rest[2]); hi >= 0 && lo >= 0 {
			b.WriteByte(byte(hi<<4 | lo))
			return 3
		}
	}
	_, n := utf8.DecodeRune(rest)
	b.WriteByte('\\')
	b.Write(rest[:n])
	return n
}

func unhex(c byte) int { return strings.IndexByte("0123456789abcdef", c|0x20) }

// assignment records the literals that a line assigns to a name.
func (s *scanner) assignment() {
	line := s.line
	if len(line) < 3 || line[0].kind != name {
		return
	}
	var expr []token
	switch {
	case line[1].kind == '=' && line[2].kind != '=':
		expr = line[2:]
	case line[1].kind == ':' && !isKeyword(string(s.str(line[0]))): // with a type
		for i := 2; i < len(line)-1 && i < 32; i++ {
			if line[i].kind == '=' {
				expr = line[i+1:]
				break
			}
		}
	}
	if len(expr) == 0 {
		return
	}
	to := string(s.str(line[0]))
	values := s.literal(expr, 0)
	if len(values) > 0 {
		s.values[to] = values
	} else {
		delete(s.values, to)
	}
	delete(s.names, to)
	if path, n := s.dotted(expr); n > 0 && n == len(expr) {
		if full := s.full(path); full != "" {
			s.bind(to, full)
		}
	}
}

func isKeyword(word string) bool {
	switch word {
	case "else", "try", "finally", "lambda":
		return true
	}
	return false
}

// loop assigns each literal in "for name in (…):" to the name.
func (s *scanner) loop() {
	line := s.header()
	if len(line) < 4 || line[1].kind != name || !s.is(line[2], "in") {
		return
	}
	to := string(s.str(line[1]))
	delete(s.values, to)
	expr := line[3:]
	var values []value
	switch {
	case expr[0].kind == '[' || expr[0].kind == '(':
		for _, e := range s.arguments(expr) {
			if len(values) < maxValues {
				values = append(values, s.literal(e, 0)...)
			}
		}
	case expr[0].kind == name && len(expr) == 1:
		for _, v := range s.values[string(s.str(expr[0]))] {
			for _, w := range v.words {
				if !v.text && w != unknown {
					values = append(values, value{[]string{w}, true})
				}
			}
		}
	}
	if len(values) > 0 {
		s.values[to] = values
	}
}

// forget drops the literals of names that are a function's parameters.
func (s *scanner) forget(header []token) {
	for _, t := range header {
		if t.kind == name {
			delete(s.values, string(s.str(t)))
		}
	}
}
