package page

import (
	"fmt"
	"strings"
)

// specials are characters with a meaning in GitHub-flavoured Markdown that a
// backslash escapes (CommonMark 2.4). Those of HTML become entities.
const specials = "\\`*_{}[]#!|~$@:"

// plain writes a text from an image as Markdown without any effect: no markup,
// links, HTML, mentions of people or references to issues. GitHub finds mentions
// in the rendered text, where escapes are gone: a zero-width space separates the
// sign from the name.
func plain(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == ':' && (i+1 == len(s) || s[i+1] == ' '):
			b.WriteRune(r) // neither a link nor an emoji
		case strings.ContainsRune(specials, r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		if r == '@' || r == '#' {
			b.WriteString("&#8203;")
		}
	}
	out := b.String()
	for _, w := range []string{"www.", "WWW."} { // links without a scheme
		out = strings.ReplaceAll(out, w, w[:3]+`\.`)
	}
	return out
}

// code writes a name as code: in backticks unless it contains something that
// would end them or a table's cell, else in HTML with entities for everything
// but letters and digits.
func code(s string) string {
	if s == "" {
		return ""
	}
	if !strings.ContainsAny(s, "`|\\") && strings.TrimSpace(s) == s {
		return "`" + s + "`"
	}
	var b strings.Builder
	for _, r := range s {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r > 0x7f {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	return "<code>" + b.String() + "</code>"
}

// fenced is a code block whose fence is longer than any in the text.
func fenced(s string) string {
	fence := "```"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + "sh\n" + s + "\n" + fence + "\n"
}
