// Package dpkg reads and writes dpkg's records of installed packages: the
// status database, relations between packages, alternatives, diversions and the
// path filters of its configuration. It works on their content and opens no
// files.
package dpkg

import (
	"bytes"
	"strings"
)

// Package is an installed package: a stanza of the status database
// (deb-control(5)).
type Package struct {
	Name, Version, Architecture string
	Section                     string
	MultiArch                   string // "same", "foreign", "allowed" or ""
	PreDepends, Depends         Relations
	Recommends                  Relations
	Conflicts, Breaks, Provides Relations
	// Stanza is the package's whole stanza, ending with a newline.
	Stanza []byte
}

// Database is the set of installed packages.
type Database struct {
	byName    map[string]*Package
	providers map[string][]*Package
	order     []*Package
}

// NewDatabase returns a set of packages. If two have the same name (for several
// architectures), it keeps the first.
func NewDatabase(packages ...*Package) *Database {
	db := &Database{byName: make(map[string]*Package), providers: make(map[string][]*Package)}
	for _, p := range packages {
		db.Add(p)
	}
	return db
}

// Add adds a package, unless the database has one of that name.
func (db *Database) Add(p *Package) {
	if db.byName[p.Name] != nil {
		return
	}
	db.byName[p.Name] = p
	db.order = append(db.order, p)
	for _, group := range p.Provides {
		for _, r := range group {
			db.providers[r.Name] = append(db.providers[r.Name], p)
		}
	}
}

// Package returns the package of that name, or nil.
func (db *Database) Package(name string) *Package { return db.byName[name] }

// Packages lists all packages in the order of their addition.
func (db *Database) Packages() []*Package { return db.order }

// ParseStatus reads a status file, or a file of status.d. It skips packages that
// are not fully installed; a stanza without Status, as in status.d, is an
// installed package.
func ParseStatus(data []byte) []*Package {
	var out []*Package
	for stanza := range bytes.SplitSeq(data, []byte("\n\n")) {
		stanza = bytes.Trim(stanza, "\n")
		if p := parseStanza(stanza); p != nil {
			out = append(out, p)
		}
	}
	return out
}

func parseStanza(stanza []byte) *Package {
	p := &Package{Stanza: append(bytes.Clone(stanza), '\n')}
	status := ""
	fields := map[string]func(string){
		"Package":      func(v string) { p.Name = v },
		"Version":      func(v string) { p.Version = v },
		"Architecture": func(v string) { p.Architecture = v },
		"Section":      func(v string) { p.Section = v },
		"Multi-Arch":   func(v string) { p.MultiArch = v },
		"Status":       func(v string) { status = v },
		"Pre-Depends":  func(v string) { p.PreDepends = ParseRelations(v) },
		"Depends":      func(v string) { p.Depends = ParseRelations(v) },
		"Recommends":   func(v string) { p.Recommends = ParseRelations(v) },
		"Conflicts":    func(v string) { p.Conflicts = ParseRelations(v) },
		"Breaks":       func(v string) { p.Breaks = ParseRelations(v) },
		"Provides":     func(v string) { p.Provides = ParseRelations(v) },
	}
	for key, value := range eachField(stanza) {
		if set := fields[key]; set != nil {
			set(value)
		}
	}
	if p.Name == "" || status != "" && !strings.HasSuffix(status, " installed") {
		return nil
	}
	return p
}

// eachField yields the fields of a stanza with their continuation lines joined.
func eachField(stanza []byte) func(yield func(key, value string) bool) {
	return func(yield func(key, value string) bool) {
		key, value := "", ""
		for line := range strings.Lines(string(stanza)) {
			line = strings.TrimRight(line, "\r\n")
			if line != "" && (line[0] == ' ' || line[0] == '\t') {
				value += "\n" + strings.TrimSpace(line)
				continue
			}
			if key != "" && !yield(key, strings.TrimSpace(value)) {
				return
			}
			key, value, _ = strings.Cut(line, ":")
		}
		if key != "" {
			yield(key, strings.TrimSpace(value))
		}
	}
}

// Without returns the stanza without some of its fields.
func (p *Package) Without(fields ...string) []byte {
	var out []byte
	skip := false
	for line := range bytes.Lines(p.Stanza) {
		if line[0] != ' ' && line[0] != '\t' {
			key, _, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(":"))
			skip = false
			for _, f := range fields {
				skip = skip || string(key) == f
			}
		}
		if !skip && len(bytes.TrimSpace(line)) > 0 {
			out = append(out, line...)
		}
	}
	return out
}

// InfoName is the stem of the package's files in dpkg's info directory. It
// includes the architecture for packages that can be installed for several at
// once.
func (p *Package) InfoName() string {
	if p.MultiArch == "same" {
		return p.Name + ":" + p.Architecture
	}
	return p.Name
}

// buildSections are the sections of packages that are only used for building.
var buildSections = map[string]bool{"devel": true, "libdevel": true, "doc": true, "debug": true}

// BuildOnly reports whether a package is only used for building software:
// compilers, headers, documentation and debugging symbols, by Debian's sections
// and the suffixes in its policy.
func (p *Package) BuildOnly() bool {
	section := p.Section
	if i := strings.LastIndexByte(section, '/'); i >= 0 { // "non-free/libdevel"
		section = section[i+1:]
	}
	if buildSections[section] {
		return true
	}
	for _, suffix := range []string{"-dev", "-dbg", "-dbgsym", "-doc", "-headers"} {
		if strings.HasSuffix(p.Name, suffix) {
			return true
		}
	}
	return false
}

// Source returns the name and version of the package's source package
// (deb-control(5)). Both are the package's own unless it names others.
func (p *Package) Source() (name, version string) {
	name, version = p.Name, p.Version
	for key, value := range eachField(p.Stanza) {
		if key != "Source" {
			continue
		}
		source, rest, ok := strings.Cut(value, "(") // "glibc (2.31-13)"
		name = strings.TrimSpace(source)
		if ok {
			version = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), ")"))
		}
	}
	return name, version
}
