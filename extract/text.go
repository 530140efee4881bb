package extract

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// shorten cuts a text for a message, at a letter's border.
func shorten(s string, max int) string {
	s = strings.Join(strings.Fields(s), " ")
	runes := []rune(s)
	if len(runes) <= max {
		return s
	}
	return string(runes[:max-1]) + "…"
}

// maxNamed is how many names a message spells out.
const maxNamed = 5

// few counts things and names the first of them: "7 files (a, b, c, d, e, …)".
func few(names []string, noun string) string {
	if len(names) != 1 {
		noun += "s"
	}
	return fewOf(names, noun)
}

// fewOf is few with the noun in the right number.
func fewOf(names []string, noun string) string {
	listed := names
	more := ""
	if len(names) > maxNamed {
		listed, more = names[:maxNamed], ", …"
	}
	return fmt.Sprintf("%d %s (%s%s)", len(names), noun, strings.Join(listed, ", "), more)
}

// sortedKeys returns a map's keys in order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// tail shortens a path to its last two elements.
func tail(name string) string {
	dir, base := path.Split(name)
	if dir = path.Dir(dir); path.Dir(dir) == "." {
		return "/" + name
	}
	return "…/" + path.Join(path.Base(dir), base)
}
