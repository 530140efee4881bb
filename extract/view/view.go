package view

import (
	"path"
	"slices"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/paths"
	"github.com/slimify/slimify/layers"
)

// View is SLIM as decided so far: kept paths over the base without its removals.
type View struct {
	*selection.State
	removed map[string]bool         // the base's paths that SLIM removes
	cold    map[string]*layers.Node // kept paths of cold layers, and directories above
}

// New returns the view of a selection. It follows later verdicts, except on paths of cold
// layers, which [View.AddCold] adds, and on removals.
func New(s *selection.State) *View {
	v := &View{State: s, removed: make(map[string]bool), cold: make(map[string]*layers.Node)}
	for _, r := range s.Selection.Removals {
		v.removed[r.Path] = true
	}
	for _, it := range s.Selection.Items {
		if it.Verdict == selection.Kept && it.Pos.Layer < s.Stack.Boundary {
			v.AddCold(it.Node)
		}
	}
	return v
}

// InSlim returns the node that a path leads to in SLIM, or nil. It follows symlinks.
func (v *View) InSlim(name string) *layers.Node {
	at, rest := ".", paths.Elements(name)
	for links := 0; len(rest) > 0; {
		elem := rest[0]
		rest = rest[1:]
		if elem == ".." {
			at = path.Dir(at)
			continue
		}
		n := v.LookupInSlim(path.Join(at, elem))
		if n == nil {
			return nil
		}
		if n.Kind != layers.Symlink {
			if n.Kind != layers.Dir && len(rest) > 0 {
				return nil
			}
			at = path.Join(at, elem)
			continue
		}
		if links++; links > MaxLinks {
			return nil
		}
		if path.IsAbs(n.Link) {
			at = "."
		}
		rest = append(paths.Elements(n.Link), rest...)
	}
	return v.LookupInSlim(at)
}

// LookupInSlim returns the node at a path of SLIM, or nil. It follows no symlinks.
func (v *View) LookupInSlim(name string) *layers.Node {
	var base *layers.Node
	if n, err := v.Base.Tree.Lookup(name); err == nil && !v.removed[name] {
		base = n
	}
	if n, err := v.Upper().Lookup(name); err == nil {
		it := v.Selection.Item(n)
		switch {
		case n.Kind == layers.Dir && (base == nil || base.Kind != layers.Dir):
			if v.HoldsKept(n) {
				return n
			}
		case n.Kind == layers.Dir:
			return base
		case n.Implied, it != nil && it.Verdict == selection.Kept:
			return n
		}
	}
	if n := v.cold[name]; n != nil && (base == nil || n != impliedDir) {
		return n
	}
	return base
}

// AddCold adds a kept path of a cold layer.
func (v *View) AddCold(n *layers.Node) {
	name := n.Path()
	v.cold[name] = n
	for dir := path.Dir(name); dir != "." && v.cold[dir] == nil; dir = path.Dir(dir) {
		v.cold[dir] = impliedDir
	}
}

// impliedDir stands for a directory that only kept paths of cold layers imply.
var impliedDir = &layers.Node{Entry: &layers.Entry{Kind: layers.Dir, Mode: 0o755}, Implied: true}

// HoldsKept reports whether a path or something below it is kept. A directory that a
// rule claimed by content counts only if something in it is kept.
func (v *View) HoldsKept(n *layers.Node) bool {
	if it := v.Selection.Item(n); it != nil && it.Verdict == selection.Kept && (len(n.Children()) == 0 || !it.Reason.Rule.ByContent) {
		return true
	}
	return slices.ContainsFunc(n.Children(), v.HoldsKept)
}
