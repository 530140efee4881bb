// Package shellquote writes texts of an image as words for a shell: what a hint tells
// to type is copied into one.
package shellquote

import "strings"

// Word is s as one word, in single quotes where it is not plain.
func Word(s string) string {
	if s != "" && !strings.ContainsFunc(s, special) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// special reports whether a shell might read more than itself in a character.
func special(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	return !letter && !strings.ContainsRune("@%+=:,./_-", r)
}
