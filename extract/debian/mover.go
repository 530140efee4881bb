package debian

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// Mover moves whole Debian packages from FAT to SLIM, as `apt-get install` on the base
// would: packages that the user installed, packages that own a file which something
// kept needs, and the dependencies that the base lacks.
type Mover struct {
	*selection.State
	owned *Ownership // what the packages in the user's layers own
	// inOriginalBase are the packages of the fat official image that FAT is built on;
	// none if FAT is built on another image.
	inOriginalBase map[string]bool
	base           *dpkg.Database
	fat            *dpkg.Database // FAT's packages, once read
	BaseOwnership  *Ownership     // what the base's packages own
	filter         dpkg.Filter    // what the base's dpkg leaves out of packages
	// trees holds the file lists that were read.
	trees map[*layers.Tree]*Ownership
	// packages are moved, in the order in which the need was found.
	packages      []*movedPackage
	byName        map[string]*movedPackage
	droppedByUser map[string]bool // by --drop
	// diversions are those of FAT's user layers.
	diversions Diversions
	newlyKept  []*selection.Item // kept since the last TakeKept
}

// movedPackage is a package that is moved.
type movedPackage struct {
	selection.Package
	deb  *dpkg.Package
	list *layers.Node // dpkg's list of its files
	tree *layers.Tree // holds the list
}

// NewMover returns a mover that has moved nothing yet.
func NewMover(s *selection.State, owned *Ownership, inOriginalBase map[string]bool) *Mover {
	m := &Mover{
		State: s, owned: owned, inOriginalBase: inOriginalBase, base: dpkg.NewDatabase(), trees: map[*layers.Tree]*Ownership{s.Upper(): owned},
		byName: make(map[string]*movedPackage), droppedByUser: make(map[string]bool), diversions: DiversionsIn(s.Upper()),
		BaseOwnership: OwnershipOf(s.Base.Tree),
	}
	if status, err := s.Base.Tree.ReadFile(dpkg.StatusFile); err == nil {
		m.base = dpkg.NewDatabase(dpkg.ParseStatus(status)...)
	}
	for _, p := range s.Options.Drop {
		kept := slices.ContainsFunc(s.Options.Keep, func(k selection.Pattern) bool { return k.Deb == p.Deb })
		m.droppedByUser[p.Deb] = p.Deb != "" && !kept
	}
	for _, name := range dpkgConfig(s.Base.Tree) {
		if data, err := s.Base.Tree.ReadFile(name); err == nil {
			m.filter.Add(data)
		}
	}
	return m
}

// dpkgConfig lists dpkg's configuration files in the order in which dpkg reads them.
func dpkgConfig(t *layers.Tree) []string {
	var out []string
	if dir, err := t.Resolve("etc/dpkg/dpkg.cfg.d"); err == nil {
		for _, n := range dir.Children() {
			out = append(out, n.Path())
		}
	}
	return append(out, "etc/dpkg/dpkg.cfg")
}

// database returns FAT's database; empty if FAT has no dpkg. Reading it may open a cold
// layer.
func (m *Mover) database(ctx context.Context) (*dpkg.Database, error) {
	if m.fat != nil {
		return m.fat, nil
	}
	status, err := m.Stack.ReadFile(ctx, dpkg.StatusFile)
	if err != nil && !layers.NotExist(err) && !errors.Is(err, layers.ErrNotCaptured) {
		return nil, err
	}
	m.fat = dpkg.NewDatabase(dpkg.ParseStatus(status)...)
	return m.fat, nil
}

// Has reports whether FAT has a package of that name installed.
func (m *Mover) Has(ctx context.Context, name string) (bool, error) {
	fat, err := m.database(ctx)
	return err == nil && fat.Package(name) != nil, err
}

// MoveRequested moves what the user asked for: packages of a --keep, packages that are
// new in the user's layers and that apt did not install as dependencies, and packages
// that a step installs by name. Build-only packages are left behind, and so are packages
// of the original base image that were merely upgraded.
func (m *Mover) MoveRequested(ctx context.Context) error {
	for _, p := range m.Options.Keep {
		if p.Deb == "" {
			continue
		}
		name := p.Deb
		ok, err := m.move(ctx, name, selection.Reason{Rule: selection.ByKeep, Text: "--keep deb:" + name})
		if err != nil {
			return err
		}
		if !ok && m.base.Package(name) == nil {
			return &selection.UnmatchedPatternError{Flag: "keep", Pattern: "deb:" + name}
		}
	}
	states, _ := m.Upper().ReadFile(dpkg.ExtendedStates) // without it every package counts as requested
	auto := automatic(states)
	for _, name := range text.SortedKeys(m.owned.Lists) {
		if auto[name] || m.inOriginalBase[name] {
			continue
		}
		if err := m.moveUnlessBuildOnly(ctx, name, "installed in a user layer"); err != nil {
			return err
		}
	}
	named := namedByApt(m.State)
	for _, name := range text.SortedKeys(named) {
		if err := m.moveUnlessBuildOnly(ctx, name, named[name].Text); err != nil {
			return err
		}
	}
	return nil
}

// moveUnlessBuildOnly moves a package, unless it only serves building.
func (m *Mover) moveUnlessBuildOnly(ctx context.Context, name, why string) error {
	fat, err := m.database(ctx)
	if err != nil {
		return err
	}
	if p := fat.Package(name); p != nil && !p.BuildOnly() {
		_, err = m.move(ctx, name, selection.Reason{Rule: selection.Debian, Text: why})
	}
	return err
}

// move moves a package of FAT that the base lacks, with its dependencies. It reports
// whether the package is moved.
func (m *Mover) move(ctx context.Context, name string, why selection.Reason) (bool, error) {
	if m.byName[name] != nil {
		return true, nil
	}
	if m.base.Package(name) != nil || m.droppedByUser[name] {
		return false, nil
	}
	fat, err := m.database(ctx)
	if err != nil {
		return false, err
	}
	p := fat.Package(name)
	if p == nil {
		return false, nil
	}
	list, err := m.Stack.Lookup(ctx, path.Join(dpkg.InfoDir, p.InfoName()+".list"))
	if layers.NotExist(err) {
		return false, nil // a package without a list of files cannot be moved
	}
	if err != nil {
		return false, err
	}
	mp := &movedPackage{Package: selection.Package{Name: p.Name, Version: p.Version, Why: why}, deb: p, list: list}
	if mp.tree, err = m.TreeAt(ctx, list.Pos.Layer); err != nil {
		return false, err
	}
	m.byName[name] = mp
	m.packages = append(m.packages, mp)
	if err := m.keepFiles(ctx, mp); err != nil {
		return false, err
	}
	return true, m.moveDependencies(ctx, mp)
}

// moveDependencies moves the packages on which a package depends, and those that it
// recommends and FAT has, except build-only ones.
func (m *Mover) moveDependencies(ctx context.Context, mp *movedPackage) error {
	for _, relations := range []struct {
		dpkg.Relations
		verb string
		must bool
	}{{mp.deb.PreDepends, "depends on", true}, {mp.deb.Depends, "depends on", true}, {mp.deb.Recommends, "recommends", false}} {
		for _, group := range relations.Relations {
			if m.base.Satisfies(group) != nil {
				continue
			}
			p := m.fat.Satisfies(group)
			if p == nil || !relations.must && p.BuildOnly() {
				continue
			}
			why := selection.Reason{Rule: selection.Debian, Text: fmt.Sprintf("Debian package %s %s it", mp.Name, relations.verb), From: mp.list.Path()}
			if _, err := m.move(ctx, p.Name, why); err != nil {
				return err
			}
		}
	}
	return nil
}

// keepFiles keeps a package's files as FAT has them, and the directories that the
// base lacks. What the base's dpkg would leave out, such as documentation, stays
// behind.
func (m *Mover) keepFiles(ctx context.Context, mp *movedPackage) error {
	reason := selection.Reason{Rule: selection.Debian, Text: "file of Debian package " + mp.Name, From: mp.list.Path()}
	for _, name := range ListedPaths(mp.list) {
		name = m.diversions.Place(mp.Name, name)
		if m.filter.Excludes("/" + name) {
			m.explainExcluded(name, mp)
			continue
		}
		// The files of a package are as new as its list.
		n, err := m.Stack.LookupFrom(ctx, name, mp.list.Pos.Layer)
		if layers.NotExist(err) {
			continue // the user removed it
		}
		if err != nil {
			return err
		}
		if n.Kind == layers.Dir {
			if _, err := m.Base.Tree.Lookup(n.Path()); err == nil {
				continue
			}
		}
		if it := m.Keep(n, reason); it != nil && n.Kind == layers.File {
			mp.Files++
			mp.Bytes += n.Size
		}
	}
	return nil
}

// explainExcluded gives a file of a moved package that the base's dpkg leaves out a more
// exact reason.
func (m *Mover) explainExcluded(name string, mp *movedPackage) {
	n, err := m.Upper().Lookup(name)
	if err != nil {
		return
	}
	if it := m.Selection.Item(n); it != nil && it.Reason.Rule == selection.Debian {
		m.Selection.Reword(it, selection.Reason{Rule: selection.Debian, Text: "the base's dpkg leaves this file of Debian package " + mp.Name + " out (path-exclude)", From: mp.list.Path()})
	}
}

// Keep keeps a node; it returns nil if the user dropped it, or if it is kept already.
func (m *Mover) Keep(n *layers.Node, reason selection.Reason) *selection.Item {
	if !m.Selection.KeepPackaged(n, reason) {
		return nil
	}
	it := m.Selection.Item(n)
	m.newlyKept = append(m.newlyKept, it)
	return it
}

// TakeKept returns the items that were kept since the last call.
func (m *Mover) TakeKept() []*selection.Item {
	out := m.newlyKept
	m.newlyKept = nil
	return out
}

// TreeAt returns the tree that holds a layer: the merged user's layers, or a single
// cold layer.
func (m *Mover) TreeAt(ctx context.Context, layer int) (*layers.Tree, error) {
	if layer >= m.Stack.Boundary {
		return m.Upper(), nil
	}
	return m.Stack.Cold(ctx, layer)
}

// ownersAt reads the file lists of the tree that holds a layer.
func (m *Mover) ownersAt(ctx context.Context, layer int) (*Ownership, error) {
	t, err := m.TreeAt(ctx, layer)
	if err != nil {
		return nil, err
	}
	if m.trees[t] == nil {
		m.trees[t] = OwnershipOf(t)
	}
	return m.trees[t], nil
}

// ownerOf returns the Debian package that owns an item's file, or "".
func (m *Mover) ownerOf(ctx context.Context, it *selection.Item) (string, error) {
	o, err := m.ownersAt(ctx, it.Pos.Layer)
	if err != nil {
		return "", err
	}
	return o.Files[it.Node], nil
}

// MoveOwner moves the package of a kept file that something needs, so that a library or
// tool has its data, plugins and configuration. Of a build-only package the file alone
// is kept.
func (m *Mover) MoveOwner(ctx context.Context, it *selection.Item) error {
	name, err := m.ownerOf(ctx, it)
	if err != nil || name == "" {
		return err
	}
	fat, err := m.database(ctx)
	if err != nil {
		return err
	}
	if p := fat.Package(name); p == nil || p.BuildOnly() {
		return nil
	}
	_, err = m.move(ctx, name, selection.Reason{Rule: selection.Debian, Text: "owns " + path.Base(it.Path), From: it.Path})
	return err
}
