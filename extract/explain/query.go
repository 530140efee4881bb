package explain

import (
	"fmt"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// Query is what a user asks [Explain] about: a path, a glob, a library or a package.
type Query struct {
	text string
	path string            // one path, without the leading slash
	glob selection.Pattern // a glob
	so   string            // a library's file name or soname
	dist string            // the name of an ecosystem's package
	deb  string            // a Debian package's name
}

// ParseQuery reads an absolute path or glob, "dist:NAME", "deb:NAME", a library's name
// (it contains ".so"), or the name of a package.
func ParseQuery(s string) (Query, error) {
	q := Query{text: s}
	switch {
	case strings.HasPrefix(s, "/"):
		name, err := layers.CleanName(s)
		if err != nil {
			return Query{}, fmt.Errorf("%q: %w", s, err)
		}
		// A name such as /usr/bin/[ is not a glob.
		if strings.ContainsAny(name, "*?[{") && doublestar.ValidatePattern(name) {
			q.glob = selection.Pattern{Text: s, Glob: name}
		} else {
			q.path = name
		}
	case strings.HasPrefix(s, "dist:") && len(s) > len("dist:"):
		q.dist = s[len("dist:"):]
	case strings.HasPrefix(s, "deb:") && len(s) > len("deb:"):
		q.deb = s[len("deb:"):]
	case s == "" || strings.ContainsAny(s, "/: "):
		return Query{}, fmt.Errorf("%q: give an absolute path or glob, dist:NAME, deb:NAME, or the name of a library or package", s)
	case strings.Contains(s, ".so"):
		q.so = s
	default:
		q.dist, q.deb = s, s
	}
	return q, nil
}

func (q Query) String() string { return q.text }

// matches reports whether a query for a path, a glob or a library covers a path.
func (q Query) matches(name string, n *layers.Node) bool {
	switch {
	case q.path != "":
		return q.path == "." || name == q.path || strings.HasPrefix(name, q.path+"/")
	case q.glob.Glob != "":
		return q.glob.MatchPath(name)
	case q.so != "":
		if path.Base(name) == q.so {
			return true
		}
		info := evidence.ELF(n)
		return info != nil && info.Soname == q.so
	}
	return false
}

// kind describes a query, as in "the image has no library libx.so".
func (q Query) kind() string {
	switch {
	case q.path != "":
		return "file or directory " + q.text
	case q.glob.Glob != "":
		return "path matching " + q.text
	case q.so != "":
		return "library " + q.text
	case q.deb == "":
		return "package " + q.dist
	case q.dist == "":
		return "Debian package " + q.deb
	}
	return "package " + q.text
}

// NotFoundError is returned for a query that matches nothing in the image and the base.
type NotFoundError struct {
	What string   // "file or directory /opt/x"
	Near []string // similar names that the image has
}

func (e *NotFoundError) Error() string { return "the image has no " + e.What }
