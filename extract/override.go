package extract

import (
	"context"

	"github.com/slimify/slimify/layers"
)

// override is what --keep and --drop say of paths. A keep beats a drop.
type override struct {
	keep, drop []*matcher
}

// matcher is a pattern with what it matches.
type matcher struct {
	Pattern
	nodes   map[*layers.Node]bool // of a package, in the user's layers
	matched bool
}

func (m *matcher) matches(name string, n *layers.Node) bool {
	if m.matchPath(name) || n != nil && m.nodes[n] {
		m.matched = true
		return true
	}
	return false
}

// newOverride looks up what the patterns mean in the user's layers.
func newOverride(opts Options, owners map[*layers.Node]string, distributions []ownDistribution) *override {
	matchers := func(patterns []Pattern) []*matcher {
		var out []*matcher
		for _, p := range patterns {
			m := &matcher{Pattern: p, nodes: make(map[*layers.Node]bool)}
			for _, d := range distributions {
				if p.dist == "" || normalize(d.Name) != p.dist {
					continue
				}
				for _, n := range d.files {
					m.nodes[n] = true
				}
			}
			for n, owner := range owners {
				if p.deb != "" && owner == p.deb {
					m.nodes[n] = true
				}
			}
			out = append(out, m)
		}
		return out
	}
	o := &override{keep: matchers(opts.Keep), drop: matchers(opts.Drop)}
	for _, m := range o.keep {
		if m.deb == "" {
			continue
		}
		m.nodes = nil // it comes along whole, with what it depends on
		for _, d := range o.drop {
			if d.deb == m.deb {
				d.nodes, d.matched = nil, true
			}
		}
	}
	return o
}

// said is the [Said] of the user's patterns.
func (o *override) said(name string, n *layers.Node) (Verdict, Reason) {
	verdict, reason := Undecided, Reason{}
	for _, m := range o.drop {
		if m.matches(name, n) && verdict == Undecided {
			verdict, reason = Dropped, Reason{RuleDrop, "--drop " + m.text, ""}
		}
	}
	for _, m := range o.keep {
		if m.matches(name, n) && verdict != Kept {
			verdict, reason = Kept, Reason{RuleKeep, "--keep " + m.text, ""}
		}
	}
	return verdict, reason
}

// addCold adds the paths of cold layers that a --keep names to a selection: all
// of these layers are read.
func (o *override) addCold(ctx context.Context, in *Image, sel *Selection) error {
	for _, m := range o.keep {
		if m.glob == "" {
			continue
		}
		if err := in.Stack.Glob(ctx, m.matchPath, func(n *layers.Node) { sel.item(n) }); err != nil {
			return err
		}
	}
	return nil
}

// unmatched returns an error for a pattern that names nothing. has reports
// whether FAT has a Debian package at all: one of its own base may be dropped, too.
func (o *override) unmatched(has func(deb string) (bool, error)) error {
	for _, m := range o.keep {
		if !m.matched && m.deb == "" {
			return &UnmatchedPatternError{"keep", m.text}
		}
	}
	for _, m := range o.drop {
		if m.matched {
			continue
		}
		if m.deb != "" {
			if ok, err := has(m.deb); err != nil || ok {
				if err != nil {
					return err
				}
				continue
			}
		}
		return &UnmatchedPatternError{"drop", m.text}
	}
	return nil
}
