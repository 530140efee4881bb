package extract

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

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
