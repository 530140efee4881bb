package shellsource

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// ownDir stands for the script's own directory.
const ownDir = "${.}"

// word returns a word's text after expansion; ok is false if it is not known.
func (s *scanner) word(w *syntax.Word) (text string, ok bool) {
	if w == nil {
		return "", true
	}
	var b strings.Builder
	ok = s.parts(&b, w.Parts)
	return b.String(), ok && b.Len() <= 4096
}

func (s *scanner) parts(b *strings.Builder, parts []syntax.WordPart) bool {
	for _, p := range parts {
		switch p := p.(type) {
		case *syntax.Lit:
			b.WriteString(unescape(p.Value))
		case *syntax.SglQuoted:
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			if !s.parts(b, p.Parts) {
				return false
			}
		case *syntax.ParamExp:
			if !s.param(b, p) {
				return false
			}
		case *syntax.CmdSubst:
			if !isOwnDir(p) {
				return false
			}
			b.WriteString(ownDir)
		default:
			return false
		}
	}
	return true
}

// unescape removes the backslashes that quote one character.
func unescape(v string) string {
	if !strings.Contains(v, `\`) {
		return v
	}
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		if v[i] == '\\' && i+1 < len(v) {
			i++
			if v[i] == '\n' {
				continue
			}
		}
		b.WriteByte(v[i])
	}
	return b.String()
}

// param expands a variable that the script sets once or that has a default. It
// keeps variables of the environment for the caller.
func (s *scanner) param(b *strings.Builder, p *syntax.ParamExp) bool {
	name := p.Param
	if name == nil || p.Excl || p.Length || p.Width || p.Index != nil || p.Slice != nil || p.Repl != nil || p.Names != 0 {
		return false
	}
	if p.Exp != nil {
		switch p.Exp.Op {
		case syntax.DefaultUnset, syntax.DefaultUnsetOrNull, syntax.AssignUnset, syntax.AssignUnsetOrNull:
		case syntax.RemSmallSuffix: // ${0%/*}
			if p.Exp.Word != nil && (name.Value == "0" || name.Value == "BASH_SOURCE") && p.Exp.Word.Lit() == "/*" {
				b.WriteString(ownDir)
				return true
			}
			return false
		default:
			return false
		}
	}
	value, set := s.vars[name.Value]
	switch {
	case set && value != nil:
		b.WriteString(*value)
		return true
	case p.Exp != nil: // use the default: the environment's value is not known
		text, ok := s.word(p.Exp.Word)
		b.WriteString(text)
		return ok
	case set || !isVariable(name.Value):
		return false
	}
	b.WriteString("${" + name.Value + "}")
	return true
}

func isVariable(name string) bool {
	return name != "" && (name[0] < '0' || name[0] > '9') && !strings.ContainsAny(name, "@*#?-$!")
}

// isOwnDir reports whether a substitution is a usual form of the script's own
// directory: $(dirname "$0"), $(cd "$(dirname …)" && pwd).
func isOwnDir(c *syntax.CmdSubst) bool {
	found, other := false, false
	syntax.Walk(c, func(n syntax.Node) bool {
		call, ok := n.(*syntax.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		switch call.Args[0].Lit() {
		case "dirname":
			syntax.Walk(call, func(n syntax.Node) bool {
				if p, ok := n.(*syntax.ParamExp); ok && p.Param != nil && (p.Param.Value == "0" || p.Param.Value == "BASH_SOURCE") {
					found = true
				}
				return true
			})
			if last := call.Args[len(call.Args)-1]; strings.HasPrefix(last.Lit(), "..") {
				other = true
			}
		case "cd":
			// $(cd "$(dirname "$0")/.." && pwd) is another directory.
			syntax.Walk(call, func(n syntax.Node) bool {
				if l, ok := n.(*syntax.Lit); ok && strings.Contains(l.Value, "..") {
					other = true
				}
				return true
			})
		case "pwd", "readlink", "realpath":
		default:
			other = true
		}
		return true
	})
	return found && !other
}

// addPath records the directories that an assignment to PATH adds.
func (s *scanner) addPath(w *syntax.Word) {
	text, ok := s.word(w)
	if !ok {
		return
	}
	for dir := range strings.SplitSeq(text, ":") {
		if dir != "" && dir != "${PATH}" && !slices.Contains(s.out.Path, dir) && len(s.out.Path) < maxFound {
			s.out.Path = append(s.out.Path, dir)
		}
	}
}
