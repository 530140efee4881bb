package evidence

import (
	"path"
	"slices"
	"strings"
)

// glob is a pattern with its literal prefix and suffix: comparing these rules out most
// paths in a tenth of the time.
type glob struct {
	pattern        string
	last           bool // it matches a path's last element
	prefix, suffix string
}

// globs compiles patterns of [path.Match]. They match the whole path, or its last
// element if the pattern begins with "*/".
func globs(patterns ...string) []glob {
	const meta = `*?[\`
	out := make([]glob, len(patterns))
	for i, p := range patterns {
		g := glob{}
		g.pattern, g.last = strings.CutPrefix(p, "*/")
		g.prefix, g.suffix = g.pattern, g.pattern
		if at := strings.IndexAny(g.pattern, meta); at >= 0 {
			g.prefix = g.pattern[:at]
		}
		if at := strings.LastIndexAny(g.pattern, meta+"]"); at >= 0 {
			g.suffix = g.pattern[at+1:]
		}
		out[i] = g
	}
	return out
}

// matchesAny reports whether a path matches one of the patterns.
func matchesAny(patterns []glob, name string) bool {
	base := path.Base(name)
	return slices.ContainsFunc(patterns, func(g glob) bool {
		part := name
		if g.last {
			part = base
		}
		if !strings.HasPrefix(part, g.prefix) || !strings.HasSuffix(part, g.suffix) {
			return false
		}
		ok, _ := path.Match(g.pattern, part)
		return ok
	})
}
