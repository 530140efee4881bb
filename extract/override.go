package extract

import (
	"context"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// override holds the patterns of --keep and --drop. A keep beats a drop.
type override struct {
	keep, drop []*matcher
}

// matcher is a pattern with the paths that it matches.
type matcher struct {
	selection.Pattern
	nodes   map[*layers.Node]bool // of a package, in the user's layers
	matched bool
	// coldOwner returns the Debian package of a node of a cold layer, or "".
	coldOwner func(*layers.Node) string
}

func (m *matcher) matches(name string, n *layers.Node) bool {
	if m.MatchPath(name) || n != nil && (m.nodes[n] || m.ownsCold(n)) {
		m.matched = true
		return true
	}
	return false
}

// ownsCold reports whether a node of a cold layer belongs to the matcher's package.
func (m *matcher) ownsCold(n *layers.Node) bool {
	return m.Deb != "" && m.nodes != nil && m.coldOwner != nil && m.coldOwner(n) == m.Deb
}

// resolveCold lets deb: patterns match nodes of cold layers, whose owner it is given.
func (o *override) resolveCold(owner func(*layers.Node) string) {
	for _, m := range o.drop {
		m.coldOwner = owner
	}
}

// newOverride resolves the patterns in the user's layers.
func newOverride(opts selection.Options, owner map[*layers.Node]string, packages []ecosystemPackages) *override {
	matchers := func(patterns []selection.Pattern) []*matcher {
		var out []*matcher
		for _, p := range patterns {
			m := &matcher{Pattern: p, nodes: make(map[*layers.Node]bool)}
			for _, e := range packages {
				for _, d := range e.all {
					if p.Dist == "" || e.Normalize(d.Name) != e.Normalize(p.Dist) {
						continue
					}
					for _, n := range d.Files {
						m.nodes[n] = true
					}
				}
			}
			for n, name := range owner {
				if p.Deb != "" && name == p.Deb {
					m.nodes[n] = true
				}
			}
			out = append(out, m)
		}
		return out
	}
	o := &override{keep: matchers(opts.Keep), drop: matchers(opts.Drop)}
	for _, m := range o.keep {
		if m.Deb == "" {
			continue
		}
		m.nodes = nil // the package is kept whole, with its dependencies
		for _, d := range o.drop {
			if d.Deb == m.Deb {
				d.nodes, d.matched = nil, true
			}
		}
	}
	return o
}

// verdict is the [selection.UserVerdict] of the patterns.
func (o *override) verdict(name string, n *layers.Node) (selection.Verdict, selection.Reason) {
	verdict, reason := selection.Undecided, selection.Reason{}
	for _, m := range o.drop {
		if m.matches(name, n) && verdict == selection.Undecided {
			verdict, reason = selection.Dropped, selection.Reason{Rule: selection.ByDrop, Text: "--drop " + m.Text, From: ""}
		}
	}
	for _, m := range o.keep {
		if m.matches(name, n) && verdict != selection.Kept {
			verdict, reason = selection.Kept, selection.Reason{Rule: selection.ByKeep, Text: "--keep " + m.Text, From: ""}
		}
	}
	return verdict, reason
}

// addCold adds the paths of cold layers that a --keep matches to a selection. It
// reads all of these layers.
func (o *override) addCold(ctx context.Context, in *selection.Image, sel *selection.Selection) error {
	for _, m := range o.keep {
		if m.Glob == "" {
			continue
		}
		if err := in.Stack.Glob(ctx, m.MatchPath, func(n *layers.Node) { sel.Add(n) }); err != nil {
			return err
		}
	}
	return nil
}

// unmatched returns an error for a pattern that matches nothing. has reports whether
// FAT has a Debian package: --drop may name one of the original base image.
func (o *override) unmatched(has func(deb string) (bool, error)) error {
	for _, m := range o.keep {
		if !m.matched && m.Deb == "" {
			return &selection.UnmatchedPatternError{Flag: "keep", Pattern: m.Text}
		}
	}
	for _, m := range o.drop {
		if m.matched {
			continue
		}
		if m.Deb != "" {
			if ok, err := has(m.Deb); err != nil || ok {
				if err != nil {
					return err
				}
				continue
			}
		}
		return &selection.UnmatchedPatternError{Flag: "drop", Pattern: m.Text}
	}
	return nil
}
