package text

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Shorten cuts a text for a message, at a letter's border.
func Shorten(s string, max int) string {
	s = strings.Join(strings.Fields(s), " ")
	runes := []rune(s)
	if len(runes) <= max {
		return s
	}
	return string(runes[:max-1]) + "…"
}

// MaxNamed is how many names a message spells out.
const MaxNamed = 5

// Counted counts things and names the first of them: "7 files (a, b, c, d, e, …)".
func Counted(names []string, noun string) string {
	if len(names) != 1 {
		noun += "s"
	}
	return Listed(names, noun)
}

// Listed is few with the noun in the right number.
func Listed(names []string, noun string) string {
	listed := names
	more := ""
	if len(names) > MaxNamed {
		listed, more = names[:MaxNamed], ", …"
	}
	return fmt.Sprintf("%d %s (%s%s)", len(names), noun, strings.Join(listed, ", "), more)
}

// SortedKeys returns a map's keys in order.
func SortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// Tail shortens a path to its last two elements.
func Tail(name string) string {
	dir, base := path.Split(name)
	if dir = path.Dir(dir); path.Dir(dir) == "." {
		return "/" + name
	}
	return "…/" + path.Join(path.Base(dir), base)
}
