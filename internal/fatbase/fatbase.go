// Package fatbase tells what the official fat images hold beyond the slim ones,
// by Debian's suites, so that questions about them need not read their layers,
// and so that an image whose layers were squashed can be told apart from them.
// The lists are made by testdata/lab/fatbase.
package fatbase

import (
	"embed"
	"strings"
	"sync"
)

// List is what buildpack-deps of a suite holds, on which the fat images stand.
type List struct {
	// Packages are the names of its Debian packages.
	Packages map[string]bool
	// Tools maps the names of commands to the packages that bring them.
	Tools map[string]string
	// Libraries are the names of shared libraries, and of the links to them, in
	// the loader's directories.
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

// Of returns the list of a suite ("bookworm"). Of a suite that has none it is
// empty, and Known tells so.
func Of(suite string) *List {
	if l := lists()[suite]; l != nil {
		return l
	}
	return parse("")
}

// Known reports whether the list tells of anything.
func (l *List) Known() bool { return len(l.Packages) > 0 }

// parse reads lines of a kind, a name, and for tools the package.
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
