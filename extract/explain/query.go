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
	w := Query{text: s}
	switch {
	case strings.HasPrefix(s, "/"):
		name, err := layers.CleanName(s)
		if err != nil {
			return Query{}, fmt.Errorf("%q: %w", s, err)
		}
		// A name such as /usr/bin/[ is not a glob.
		if strings.ContainsAny(name, "*?[{") && doublestar.ValidatePattern(name) {
			w.glob = selection.Pattern{Text: s, Glob: name}
		} else {
			w.path = name
		}
	case strings.HasPrefix(s, "dist:") && len(s) > len("dist:"):
		w.dist = s[len("dist:"):]
	case strings.HasPrefix(s, "deb:") && len(s) > len("deb:"):
		w.deb = s[len("deb:"):]
	case s == "" || strings.ContainsAny(s, "/: "):
		return Query{}, fmt.Errorf("%q: give an absolute path or glob, dist:NAME, deb:NAME, or the name of a library or package", s)
	case strings.Contains(s, ".so"):
		w.so = s
	default:
		w.dist, w.deb = s, s
	}
	return w, nil
}

func (w Query) String() string { return w.text }

// matches reports whether a query for a path, a glob or a library covers a path.
func (w Query) matches(name string, n *layers.Node) bool {
	switch {
	case w.path != "":
		return w.path == "." || name == w.path || strings.HasPrefix(name, w.path+"/")
	case w.glob.Glob != "":
		return w.glob.MatchPath(name)
	case w.so != "":
		if path.Base(name) == w.so {
			return true
		}
		info := evidence.ELF(n)
		return info != nil && info.Soname == w.so
	}
	return false
}

// kind describes a query, as in "the image has no library libx.so".
func (w Query) kind() string {
	switch {
	case w.path != "":
		return "file or directory " + w.text
	case w.glob.Glob != "":
		return "path matching " + w.text
	case w.so != "":
		return "library " + w.text
	case w.deb == "":
		return "package " + w.dist
	case w.dist == "":
		return "Debian package " + w.deb
	}
	return "package " + w.text
}

// NotFoundError is returned for a query that matches nothing in the image and the base.
type NotFoundError struct {
	What string   // "file or directory /opt/x"
	Near []string // similar names that the image has
}

func (e *NotFoundError) Error() string { return "the image has no " + e.What }
