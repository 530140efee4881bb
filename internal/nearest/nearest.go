// Package nearest finds the name that a user probably meant.
package nearest

import (
	"cmp"
	"slices"
	"strings"
)

// maxEdits is how many letters of a name may be wrong for a suggestion, and at
// most a third of them.
const maxEdits = 3

// minPrefix is the length of the shortest prefix that is completed.
const minPrefix = 3

// Of returns the candidate closest to name, else one that begins with it, else "".
// Among equally close ones it returns the first in alphabetical order.
func Of(name string, candidates []string) string {
	limit := max(1, min(maxEdits, len(name)/3))
	near := func(c string) int { return Distance(name, c) }
	sorted := slices.SortedFunc(slices.Values(candidates), func(a, b string) int {
		return cmp.Or(cmp.Compare(near(a), near(b)), cmp.Compare(a, b))
	})
	if len(sorted) > 0 && near(sorted[0]) <= limit {
		return sorted[0]
	}
	begun := slices.DeleteFunc(sorted, func(c string) bool { return !strings.HasPrefix(c, name) })
	if len(begun) == 0 || len(name) < minPrefix {
		return ""
	}
	return slices.Min(begun)
}

// Distance counts the edits between two names: a letter inserted, deleted or
// replaced, or two neighbours swapped (optimal string alignment).
func Distance(a, b string) int {
	var before []int // the row before last
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(last[j]+change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
