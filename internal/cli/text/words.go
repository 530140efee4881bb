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

// Size prints bytes as registries' pages do: 1000 bytes to the kB.
func Size(n int64) string { return humanize.Bytes(uint64(max(n, 0))) }

// word is a text of an image that a person will type: cleaned, and as a shell takes it.
func word(s string) string { return shellquote.Word(Clean(s)) }

// Widths of the text, in characters: a terminal has at least 80, and what is cut
// is whole in the JSON.
const (
	refWidth  = 44
	textWidth = 64 // of steps and values
	NameWidth = 28 // of distributions, versions and fields
	// namedPackages is how many Debian packages are named.
	namedPackages = 5
)

// Flush ends a table. Its error is that of the writer below, which whoever owns
// that one sees.
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

// Fit cleans a text and cuts its middle out if it is longer than width: of
// references, paths and commands both ends tell most.
func Fit(s string, width int) string {
	r := []rune(Clean(s))
	if len(r) <= width {
		return string(r)
	}
	head := (width - 1) / 2
	return string(r[:head]) + "…" + string(r[len(r)-(width-1-head):])
}

// Clean replaces what is not printable: an image must not steer the terminal.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// Wrap breaks a text at blanks so that its lines are of a width; a word that is
// longer stays whole.
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

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Printable is a text as it is printed for people: it may hold what a registry answered,
// or a URL with a password.
func Printable(text string) string {
	lines := strings.Split(reference.Redact(text), "\n")
	for i, line := range lines {
		lines[i] = Clean(line)
	}
	return strings.Join(lines, "\n")
}
