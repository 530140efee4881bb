package page

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/dustin/go-humanize"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/shellquote"
)

// size prints bytes as registries' pages do: 1000 bytes to the kB.
func size(n int64) string { return humanize.Bytes(uint64(max(n, 0))) }

// thousands groups the digits of a number.
func thousands(n int) string { return humanize.Comma(int64(n)) }

// plural formats a number with its noun: "1 file", "2 files", "3 directories".
func plural(n int, noun string) string {
	if stem, ok := strings.CutSuffix(noun, "y"); ok && n != 1 {
		noun = stem + "ies"
	} else if n != 1 {
		noun += "s"
	}
	return thousands(n) + " " + noun
}

// ratio is the factor of a change: "7.4× smaller"; "" if there is none.
func ratio(c report.Change) string {
	if c.Before <= 0 || c.After <= 0 || c.Before == c.After {
		return ""
	}
	word, by := "smaller", float64(c.Before)/float64(c.After)
	if by < 1 {
		word, by = "larger", 1/by
	}
	return decimal(by) + "× " + word
}

// saved is the part of a size that was saved: "86% less".
func saved(c report.Change) string {
	if c.Before <= 0 || c.After >= c.Before {
		return ""
	}
	return fmt.Sprintf("%.0f%% less", 100*float64(c.Before-c.After)/float64(c.Before))
}

// bandwidth is the one for which pull times are given: 100 Mbit/s, in bytes per
// second.
const bandwidth = 100e6 / 8

// pull is the time to pull n bytes at that bandwidth.
func pull(n int64) string { return decimal(float64(n)/bandwidth) + " s" }

// decimal formats a number with one decimal place below a hundred, else
// without.
func decimal(f float64) string {
	places := 1
	if f >= 99.95 {
		places = 0
	}
	return strconv.FormatFloat(f, 'f', places, 64)
}

// The longest texts that documents show, in characters.
const (
	nameLength    = 120 // of paths, names and versions
	textLength    = 240 // of reasons and instructions
	warningLength = 800
)

// clean makes a text from an image harmless and short: it replaces characters
// that are not printable, such as control characters of terminals and text
// direction, and keeps both ends of a long text.
func clean(s string, length int) string {
	if len(s) > 8*length { // no character is longer than four bytes
		s = s[:4*length] + s[len(s)-4*length:]
	}
	r := []rune(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s))
	if len(r) <= length {
		return string(r)
	}
	head := (length - 1) / 2
	return string(r[:head]) + "…" + string(r[len(r)-(length-1-head):])
}

// name and text clean texts of their kind.
func name(s string) string { return clean(s, nameLength) }
func text(s string) string { return clean(s, textLength) }

// shell quotes the words of a command line.
func shell(args []string) string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = shellquote.Word(clean(a, 4*textLength))
	}
	return strings.Join(out, " ")
}
