package extract

import (
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Pattern is what --keep and --drop take: an absolute glob with "**", or
// "deb:NAME", or "dist:NAME".
type Pattern struct {
	text string
	glob string // without the leading slash
	deb  string
	dist string
}

// ParsePattern reads a pattern. A pattern that names a directory covers what
// lies below it.
func ParsePattern(s string) (Pattern, error) {
	p := Pattern{text: s}
	var ok bool
	if p.deb, ok = strings.CutPrefix(s, "deb:"); ok && p.deb != "" {
		return p, nil
	}
	if p.dist, ok = strings.CutPrefix(s, "dist:"); ok && p.dist != "" {
		p.dist = normalize(p.dist)
		return p, nil
	}
	if p.glob, ok = strings.CutPrefix(s, "/"); !ok || p.glob == "" {
		return p, fmt.Errorf("pattern %q: give an absolute path or glob (/opt/**), deb:NAME or dist:NAME", s)
	}
	p.glob = strings.TrimSuffix(p.glob, "/")
	if !doublestar.ValidatePattern(p.glob) {
		return p, fmt.Errorf("pattern %q: malformed glob", s)
	}
	return p, nil
}

func (p Pattern) String() string { return p.text }

// matchPath reports whether a glob covers the path or a directory above it.
func (p Pattern) matchPath(name string) bool {
	if p.glob == "" {
		return false
	}
	for {
		if ok, _ := doublestar.Match(p.glob, name); ok {
			return true
		}
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return false
		}
		name = name[:i]
	}
}

// UnmatchedPatternError is returned for a --keep or --drop that matches
// nothing: a typing error that would otherwise go unseen.
type UnmatchedPatternError struct{ Flag, Pattern string }

func (e *UnmatchedPatternError) Error() string {
	return fmt.Sprintf("--%s %s matches nothing in the image", e.Flag, e.Pattern)
}
