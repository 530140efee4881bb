package dpkg

import (
	"path"
	"strings"
)

// Diversion records that a package's file was moved, since another package or
// the administrator replaced it (dpkg-divert(1)).
type Diversion struct {
	From, To string
	By       string // the diverting package, ":" for the administrator
}

// ParseDiversions reads dpkg's diversions file: three lines for each diversion.
func ParseDiversions(data []byte) []Diversion {
	var out []Diversion
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for ; len(lines) >= 3; lines = lines[3:] {
		out = append(out, Diversion{lines[0], lines[1], lines[2]})
	}
	return out
}

// FormatDiversions writes diversions as dpkg-divert does.
func FormatDiversions(diversions []Diversion) []byte {
	var b strings.Builder
	for _, d := range diversions {
		b.WriteString(d.From + "\n" + d.To + "\n" + d.By + "\n")
	}
	return []byte(b.String())
}

// Filter holds the options path-exclude and path-include of dpkg's configuration,
// of which the last match decides (dpkg(1)). Slim images exclude documentation
// with them.
type Filter []filterRule

type filterRule struct {
	pattern string
	include bool
}

// Add reads a configuration file of dpkg.
func (f *Filter) Add(config []byte) {
	for line := range strings.Lines(string(config)) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), "#")
		key, pattern, ok := strings.Cut(line, "=")
		if !ok {
			key, pattern, _ = strings.Cut(line, " ")
		}
		pattern = strings.Trim(strings.TrimSpace(pattern), `"'`)
		switch key = strings.TrimSpace(key); key {
		case "path-exclude", "path-include":
			*f = append(*f, filterRule{pattern, key == "path-include"})
		}
	}
}

// Excludes reports whether dpkg would not install a file with that absolute
// path.
func (f Filter) Excludes(name string) bool {
	out := false
	for _, r := range f {
		if wildcard(r.pattern, name) {
			out = !r.include
		}
	}
	return out
}

// wildcard matches like fnmatch(3) without flags: unlike in path.Match, an
// asterisk also matches slashes.
func wildcard(pattern, name string) bool {
	const slash = "\x00" // no path contains it
	ok, err := path.Match(strings.ReplaceAll(pattern, "/", slash), strings.ReplaceAll(name, "/", slash))
	return ok && err == nil
}
