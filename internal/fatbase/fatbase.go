// Package fatbase lists what the official fat images hold beyond the slim ones,
// by Debian release, so that answers about them need not read their layers, and
// so that the user's files in a squashed image can be distinguished from
// theirs. testdata/lab/fatbase generates the lists.
package fatbase

import (
	"embed"
	"strings"
	"sync"
)

// List is what the buildpack-deps image of a Debian release holds. The fat
// images are built on it.
type List struct {
	// Packages are the names of its Debian packages.
	Packages map[string]bool
	// Tools maps command names to the packages that install them.
	Tools map[string]string
	// Libraries are the names of shared libraries and of links to them in the
	// loader's directories.
	Libraries map[string]bool
}

//go:embed *.txt
var files embed.FS

var lists = sync.OnceValue(func() map[string]*List {
	out := make(map[string]*List)
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // embedded: it is there
	}
	for _, e := range entries {
		data, err := files.ReadFile(e.Name())
		if err != nil {
			panic(err)
		}
		out[strings.TrimSuffix(e.Name(), ".txt")] = parse(string(data))
	}
	return out
})

// Of returns the list for the release with that codename ("bookworm"). It is
// empty, and not Known, for other releases.
func Of(release string) *List {
	if l := lists()[release]; l != nil {
		return l
	}
	return parse("")
}

// Known reports whether there is a list for the release.
func (l *List) Known() bool { return len(l.Packages) > 0 }

// parse reads lines of a kind, a name and, for tools, the package.
func parse(data string) *List {
	l := &List{Packages: make(map[string]bool), Tools: make(map[string]string), Libraries: make(map[string]bool)}
	for line := range strings.Lines(data) {
		f := strings.Fields(line)
		switch {
		case len(f) == 2 && f[0] == "package":
			l.Packages[f[1]] = true
		case len(f) == 2 && f[0] == "library":
			l.Libraries[f[1]] = true
		case len(f) == 3 && f[0] == "tool":
			l.Tools[f[1]] = f[2]
		}
	}
	return l
}
