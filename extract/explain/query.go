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

// Query is what a user asks [Explain] about: a path, a glob, a library, a
// distribution, a Debian package.
type Query struct {
	text string
	path string            // one path, without the leading slash
	glob selection.Pattern // a glob
	so   string            // a library's file name or soname
	dist string            // a distribution's name
	deb  string            // a Debian package's name
}

// ParseQuery reads an absolute path or glob, "dist:NAME", "deb:NAME", a library's
// name (it holds ".so"), or a name that is a distribution's or a package's.
func ParseQuery(s string) (Query, error) {
	w := Query{text: s}
	switch {
	case strings.HasPrefix(s, "/"):
		name, err := layers.CleanName(s)
		if err != nil {
			return Query{}, fmt.Errorf("%q: %w", s, err)
		}
		// A name such as /usr/bin/[ is no glob.
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
		return Query{}, fmt.Errorf("%q: give an absolute path or glob, dist:NAME, deb:NAME, or a name of a library, a distribution or a Debian package", s)
	case strings.Contains(s, ".so"):
		w.so = s
	default:
		w.dist, w.deb = s, s
	}
	return w, nil
}

func (w Query) String() string { return w.text }

// matches reports whether a path is asked for by its name.
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

// kind names what is asked for with what it is taken for.
func (w Query) kind() string {
	switch {
	case w.path != "":
		return "file or directory " + w.text
	case w.glob.Glob != "":
		return "path that matches " + w.text
	case w.so != "":
		return "library " + w.text
	case w.deb == "":
		return "distribution " + w.dist
	case w.dist == "":
		return "Debian package " + w.deb
	}
	return "distribution or Debian package " + w.text
}

// NotFoundError is returned for something that neither the image nor its base
// has.
type NotFoundError struct {
	What string   // "file or directory /opt/x"
	Near []string // what the image has by names that are nearly the same
}

func (e *NotFoundError) Error() string { return "the image has no " + e.What }
