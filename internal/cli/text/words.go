// Package text prints results for people.
package text

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"github.com/dustin/go-humanize"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/shellquote"
)

// Size formats bytes as registries do: 1 kB is 1000 bytes.
func Size(n int64) string { return humanize.Bytes(uint64(max(n, 0))) }

// word is a text from an image as a word that can be copied into a shell.
func word(s string) string { return shellquote.Word(Clean(s)) }

// Widths in characters: a terminal has at least 80. The JSON has the whole of what is
// cut.
const (
	refWidth  = 44
	textWidth = 64 // of build steps and values
	NameWidth = 28 // of packages, versions and fields
	// namedPackages is the number of Debian packages that are named.
	namedPackages = 5
)

// Flush ends a table. Its error is one of the underlying writer, whose owner gets it.
func Flush(tw *tabwriter.Writer) { _ = tw.Flush() }

// Count is a number with its noun: "1 layer", "2 entries".
func Count(n int, noun string) string {
	if n != 1 {
		if stem, ok := strings.CutSuffix(noun, "y"); ok {
			noun = stem + "ie"
		}
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// Fit cleans a text and shortens it to width by removing its middle: both ends of a
// reference, a path or a command say more.
func Fit(s string, width int) string {
	r := []rune(Clean(s))
	if len(r) <= width {
		return string(r)
	}
	head := (width - 1) / 2
	return string(r[:head]) + "…" + string(r[len(r)-(width-1-head):])
}

// Clean replaces characters that are not printable: an image must not control the
// terminal.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// Wrap breaks a text at blanks into lines of at most width characters. A longer word
// stays whole.
func Wrap(text string, width int, newline string) string {
	var b strings.Builder
	at := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > width:
			b.WriteString(newline)
			at = utf8.RuneCountInString(newline) - 1
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}

// plural chooses between the forms of a noun.
// plural chooses between the forms of a noun.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Printable cleans the lines of an error and removes secrets. It may quote the answer of a
// registry, or a URL with a password.
func Printable(text string) string {
	lines := strings.Split(reference.Redact(text), "\n")
	for i, line := range lines {
		lines[i] = Clean(line)
	}
	return strings.Join(lines, "\n")
}
