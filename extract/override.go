package extract

import (
	"context"
	"slices"

	"github.com/slimify/slimify/layers"
)

// override applies --keep and --drop: a keep beats a drop, and both beat the
// rules.
func (s *scene) override(ctx context.Context) error {
	kept := make(map[*Item]bool)
	for _, p := range s.opts.Keep {
		if p.deb != "" { // it comes with what it depends on
			s.carry.roots = append(s.carry.roots, p.deb)
			continue
		}
		found := false
		err := s.matching(ctx, p, func(n *layers.Node) {
			found = true
			it := s.sel.Item(n)
			if it == nil {
				it = s.sel.add(n)
			}
			kept[it] = true
			if it.Verdict != Kept {
				it.Verdict, it.Part, it.Reason = Kept, System, Reason{"keep", "--keep " + p.text, ""}
			}
		})
		if err != nil {
			return err
		}
		if !found {
			return &UnmatchedPatternError{"keep", p.text}
		}
	}
	for _, p := range s.opts.Drop {
		if p.deb != "" && !slices.Contains(s.carry.roots, p.deb) {
			s.carry.refused[p.deb] = true
		}
		found := false
		s.matchingUpper(p, func(n *layers.Node) {
			it := s.sel.Item(n)
			if it == nil {
				return
			}
			found = true
			if !kept[it] {
				it.Verdict, it.Reason = Dropped, Reason{"drop", "--drop " + p.text, ""}
			}
		})
		if !found && p.deb != "" { // of FAT's own base: it shall not come along
			fat, err := s.carry.database(ctx)
			if err != nil {
				return err
			}
			found = fat.Package(p.deb) != nil
		}
		if !found {
			return &UnmatchedPatternError{"drop", p.text}
		}
	}
	s.sel.Generated = slices.DeleteFunc(s.sel.Generated, func(g Generated) bool {
		n, err := s.tree().Lookup(g.Entry.Name)
		return err == nil && s.sel.Item(n).Verdict == Dropped
	})
	return nil
}

// matching calls f for each path of the whole image that a pattern names.
func (s *scene) matching(ctx context.Context, p Pattern, f func(*layers.Node)) error {
	if p.glob != "" {
		return s.Stack.Glob(ctx, p.matchPath, f)
	}
	s.matchingUpper(p, f)
	return nil
}

// matchingUpper calls f for each path of the user's layers that a pattern
// names.
func (s *scene) matchingUpper(p Pattern, f func(*layers.Node)) {
	if p.dist != "" {
		for _, d := range s.distributions() {
			if normalize(d.Name) == p.dist {
				for _, file := range d.files {
					f(file)
				}
			}
		}
		return
	}
	s.tree().Walk(func(n *layers.Node) bool {
		if p.matchPath(n.Path()) || p.deb != "" && s.owners[n] == p.deb {
			f(n)
		}
		return true
	})
}
