package debian

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

const alternativesDir = "etc/alternatives"

// alternatives writes the links and records of update-alternatives(1) for the commands
// that SLIM gains. No package lists them: maintainer scripts created them in FAT. Of
// FAT's choices it writes only those that SLIM has.
func (m *Mover) alternatives(ctx context.Context) error {
	seen := make(map[string]bool)
	for _, t := range m.packageTrees() {
		dir, err := t.Lookup(dpkg.AlternativesDir)
		if err != nil {
			continue
		}
		for _, n := range dir.Children() {
			name := n.Base()
			if n.Kind != layers.File || seen[name] {
				continue // a newer layer has it
			}
			seen[name] = true
			g, err := dpkg.ParseGroup(name, n.Evidence)
			if err != nil {
				m.Selection.Warn("alternatives", "%v: its links are left behind", err)
				continue
			}
			if err := m.link(ctx, g, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// packageTrees lists the trees with file lists of moved packages, newest first. The
// user's layers are always among them.
func (m *Mover) packageTrees() []*layers.Tree {
	layersOf := map[int]*layers.Tree{m.Stack.Boundary: m.Upper()}
	for _, mp := range m.packages {
		layersOf[min(mp.list.Pos.Layer, m.Stack.Boundary)] = mp.tree
	}
	var out []*layers.Tree
	for _, layer := range slices.Backward(text.SortedKeys(layersOf)) {
		out = append(out, layersOf[layer])
	}
	return out
}

// link writes a group with those of its choices that SLIM has.
func (m *Mover) link(ctx context.Context, fat *dpkg.Group, from *layers.Node) error {
	chosen := ""
	n, err := m.Stack.LookupFrom(ctx, path.Join(alternativesDir, fat.Name), from.Pos.Layer)
	if err == nil && n.Kind == layers.Symlink {
		chosen = n.Link
	} else if err != nil && !layers.NotExist(err) {
		return err
	}
	g := fat.Only(chosen, m.present)
	if g == nil {
		return nil
	}
	if b, err := m.Base.Tree.ReadFile(path.Join(dpkg.AlternativesDir, g.Name)); err == nil {
		if old, err := dpkg.ParseGroup(g.Name, b); err == nil && slices.EqualFunc(old.Choices, g.Choices, func(a, b dpkg.Choice) bool { return a.Path == b.Path }) {
			return nil // no new choice
		}
	}
	best := g.Best(chosen)
	reason := selection.Reason{Rule: selection.Debian, Text: "alternatives of " + g.Name + ", which " + best.Path + " provides", From: strings.TrimPrefix(best.Path, "/")}
	m.generate(path.Join(dpkg.AlternativesDir, g.Name), g.Format(), reason)
	m.symlink(g.Link, g.Name, best.Path, from, reason)
	for i, s := range g.Slaves {
		if to := best.Slaves[i]; to != "" && m.present(to) {
			m.symlink(s.Link, s.Name, to, from, reason)
		}
	}
	return nil
}

// symlink writes the two links of an alternative: from its path to the directory of
// alternatives, and from there to the choice.
func (m *Mover) symlink(link, name, to string, from *layers.Node, reason selection.Reason) {
	through := "/" + path.Join(alternativesDir, name)
	for _, l := range [][2]string{{link, through}, {through, to}} {
		target := l[1]
		clean, err := layers.CleanName(l[0])
		if err != nil {
			continue
		}
		if dir, err := m.Base.Tree.Resolve(path.Dir(clean)); err == nil {
			clean = path.Join(dir.Path(), path.Base(clean)) // merged /usr
		}
		if b, err := m.Base.Tree.Lookup(clean); err == nil && b.Kind == layers.Symlink && b.Link == target {
			continue
		}
		m.Selection.Generate(selection.Generated{
			Entry: layers.Entry{Name: clean, Kind: layers.Symlink, Mode: 0o777, Link: target, ModTime: from.ModTime}, Part: selection.System, Reason: reason,
		})
	}
}
