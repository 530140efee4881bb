package dpkg

import (
	"strings"
	"unicode"

	version "github.com/knqyf263/go-deb-version"
)

// Relation is a package name with an optional version range: "libc6 (>= 2.14)".
type Relation struct {
	Name    string
	Op      string // "<<", "<=", "=", ">=", ">>" or "" for any version
	Version string
}

// Relations is a list of groups of alternatives: each group must be satisfied
// by one of its alternatives (Debian's policy, "Syntax of relationship
// fields").
type Relations [][]Relation

// ParseRelations reads a relationship field. It ignores architecture qualifiers
// and restrictions, which are resolved in the status database.
func ParseRelations(field string) Relations {
	var out Relations
	for group := range strings.SplitSeq(field, ",") {
		var alternatives []Relation
		for text := range strings.SplitSeq(group, "|") {
			if r, ok := parseRelation(text); ok {
				alternatives = append(alternatives, r)
			}
		}
		if len(alternatives) > 0 {
			out = append(out, alternatives)
		}
	}
	return out
}

func parseRelation(text string) (r Relation, ok bool) {
	text = strings.TrimSpace(text)
	if i := strings.IndexByte(text, '('); i >= 0 {
		constraint, _, _ := strings.Cut(text[i+1:], ")")
		version := strings.TrimLeftFunc(constraint, func(c rune) bool { return strings.ContainsRune("<>=", c) || unicode.IsSpace(c) })
		r.Op = strings.TrimSpace(constraint[:len(constraint)-len(version)])
		r.Version = strings.TrimSpace(version)
		text = text[:i]
	}
	name, _, _ := strings.Cut(text, "[")
	name, _, _ = strings.Cut(strings.TrimSpace(name), ":")
	r.Name = strings.TrimSpace(name)
	switch r.Op { // the deprecated forms mean "or equal"
	case "<":
		r.Op = "<="
	case ">":
		r.Op = ">="
	}
	return r, r.Name != ""
}

// admits reports whether a version is in the relation's range. An invalid
// version is in no range.
func (r Relation) admits(v string) bool {
	if r.Op == "" {
		return true
	}
	have, err := version.NewVersion(v)
	if err != nil {
		return false
	}
	want, err := version.NewVersion(r.Version)
	if err != nil {
		return false
	}
	switch c := have.Compare(want); r.Op {
	case "<<":
		return c < 0
	case "<=":
		return c <= 0
	case "=":
		return c == 0
	case ">=":
		return c >= 0
	case ">>":
		return c > 0
	}
	return false
}

// Matches lists the packages in the database that match a relation, by their
// name or by what they provide. A virtual package without a version is in no
// version range (Debian's policy, 7.5).
func (db *Database) Matches(r Relation) []*Package {
	var out []*Package
	if p := db.byName[r.Name]; p != nil && r.admits(p.Version) {
		out = append(out, p)
	}
	for _, p := range db.providers[r.Name] {
		for _, group := range p.Provides {
			for _, provided := range group {
				if provided.Name == r.Name && (r.Op == "" || provided.Op == "=" && r.admits(provided.Version)) {
					out = append(out, p)
				}
			}
		}
	}
	return out
}

// Satisfies returns a package that satisfies a group of alternatives, or nil.
func (db *Database) Satisfies(group []Relation) *Package {
	for _, r := range group {
		if found := db.Matches(r); len(found) > 0 {
			return found[0]
		}
	}
	return nil
}

// Unmet describes the first unsatisfied dependency or the first conflict of a
// package in the database; "" if there is none.
func (db *Database) Unmet(p *Package) string {
	for _, relations := range []Relations{p.PreDepends, p.Depends} {
		for _, group := range relations {
			if db.Satisfies(group) == nil {
				return "it needs " + groupText(group)
			}
		}
	}
	for _, relations := range []Relations{p.Conflicts, p.Breaks} {
		for _, group := range relations {
			for _, r := range group {
				for _, other := range db.Matches(r) {
					if other != p {
						return "it conflicts with " + other.Name + " " + other.Version
					}
				}
			}
		}
	}
	return ""
}

func groupText(group []Relation) string {
	var texts []string
	for _, r := range group {
		texts = append(texts, r.String())
	}
	return strings.Join(texts, " or ")
}

func (r Relation) String() string {
	if r.Op == "" {
		return r.Name
	}
	return r.Name + " (" + r.Op + " " + r.Version + ")"
}
