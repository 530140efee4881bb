// Package shellquote quotes texts from an image for a shell, since users copy the
// commands in hints into one.
package shellquote

import "strings"

// Word returns s as one word, in single quotes where needed.
func Word(s string) string {
	if s != "" && !strings.ContainsFunc(s, special) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// special reports whether a character may have a meaning for a shell.
func special(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	return !letter && !strings.ContainsRune("@%+=:,./_-", r)
}
