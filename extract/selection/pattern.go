package selection

import (
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Pattern is an argument of --keep or --drop: an absolute glob with "**", "deb:NAME" or
// "dist:NAME".
type Pattern struct {
	Text string
	Glob string // without the leading slash
	Deb  string
	Dist string
}

// ParsePattern reads a pattern. A pattern that matches a directory covers everything
// below it.
func ParsePattern(s string) (Pattern, error) {
	if name, ok := strings.CutPrefix(s, "deb:"); ok && name != "" {
		return Pattern{Text: s, Deb: name}, nil
	}
	if name, ok := strings.CutPrefix(s, "dist:"); ok && name != "" {
		return Pattern{Text: s, Dist: name}, nil
	}
	glob := strings.Trim(s, "/")
	if !strings.HasPrefix(s, "/") || glob == "" {
		return Pattern{}, fmt.Errorf("pattern %q: give an absolute path or glob (/opt/**), deb:NAME or dist:NAME", s)
	}
	if !doublestar.ValidatePattern(glob) {
		return Pattern{}, fmt.Errorf("pattern %q: malformed glob", s)
	}
	return Pattern{Text: s, Glob: glob}, nil
}

func (p Pattern) String() string { return p.Text }

// MatchPath reports whether a glob covers the path or a directory above it.
func (p Pattern) MatchPath(name string) bool {
	if p.Glob == "" {
		return false
	}
	for {
		if ok, _ := doublestar.Match(p.Glob, name); ok {
			return true
		}
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return false
		}
		name = name[:i]
	}
}

// UnmatchedPatternError is returned for a --keep, --drop or --accept that matches
// nothing, which is most often a typing error.
type UnmatchedPatternError struct{ Flag, Pattern string }

func (e *UnmatchedPatternError) Error() string {
	return fmt.Sprintf("--%s %s matches nothing in the image", e.Flag, e.Pattern)
}
