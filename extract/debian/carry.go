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

// Mover brings whole Debian packages, as `apt-get install` on the base would:
// those that the user installed, and those that own what something kept needs,
// with the dependencies that the base lacks.
type Mover struct {
	*selection.State
	debian *Ownership // what the packages in the user's layers own
	// ofFatBase are the packages of the fat image that FAT stands on, if it does.
	ofFatBase map[string]bool
	base      *dpkg.Database
	fat       *dpkg.Database // FAT's packages, once they were asked for
	OfBase    *Ownership     // what the base's packages own
	filter    dpkg.Filter    // what the base's dpkg leaves out of packages
	// trees holds what was read of the layers' file lists.
	trees map[*layers.Tree]*Ownership
	// packages are those that come along, in the order in which that was found.
	packages []*carried
	byName   map[string]*carried
	refused  map[string]bool // by --drop
	// diversions are FAT's, as its user layers tell them.
	diversions diversions
	fresh      []*selection.Item // kept since take was last called
}

// carried is a package that comes along.
type carried struct {
	selection.Package
	deb  *dpkg.Package
	list *layers.Node // dpkg's list of its files
	tree *layers.Tree // the one that holds the list
}

func NewMover(s *selection.State, owned *Ownership, ofFatBase map[string]bool) *Mover {
	c := &Mover{
		State: s, debian: owned, ofFatBase: ofFatBase, base: dpkg.NewDatabase(), trees: map[*layers.Tree]*Ownership{s.Upper(): owned},
		byName: make(map[string]*carried), refused: make(map[string]bool), diversions: DiversionsIn(s.Upper()),
		OfBase: OwnershipOf(s.Base.Tree),
	}
	if status, err := s.Base.Tree.ReadFile(dpkg.StatusFile); err == nil {
		c.base = dpkg.NewDatabase(dpkg.ParseStatus(status)...)
	}
	for _, p := range s.Options.Drop {
		kept := slices.ContainsFunc(s.Options.Keep, func(k selection.Pattern) bool { return k.Deb == p.Deb })
		c.refused[p.Deb] = p.Deb != "" && !kept
	}
	for _, name := range dpkgConfig(s.Base.Tree) {
		if data, err := s.Base.Tree.ReadFile(name); err == nil {
			c.filter.Add(data)
		}
	}
	return c
}

// dpkgConfig lists dpkg's configuration files in the order in which it reads them.
func dpkgConfig(t *layers.Tree) []string {
	var out []string
	if dir, err := t.Resolve("etc/dpkg/dpkg.cfg.d"); err == nil {
		for _, n := range dir.Children() {
			out = append(out, n.Path())
		}
	}
	return append(out, "etc/dpkg/dpkg.cfg")
}

// database is FAT's; reading it may open a cold layer. It is empty where FAT has
// no dpkg.
func (c *Mover) database(ctx context.Context) (*dpkg.Database, error) {
	if c.fat != nil {
		return c.fat, nil
	}
	status, err := c.Stack.ReadFile(ctx, dpkg.StatusFile)
	if err != nil && !layers.NotExist(err) && !errors.Is(err, layers.ErrNotCaptured) {
		return nil, err
	}
	c.fat = dpkg.NewDatabase(dpkg.ParseStatus(status)...)
	return c.fat, nil
}

// Has reports whether FAT Has a package of that name installed.
func (c *Mover) Has(ctx context.Context, name string) (bool, error) {
	fat, err := c.database(ctx)
	return err == nil && fat.Package(name) != nil, err
}

// WantRoots carries what the user installed: packages that are new in his layers
// and that apt did not install for others' sake, and what his steps name. What
// only serves building stays behind, and so does what comes with the original base image
// and was merely upgraded.
func (c *Mover) WantRoots(ctx context.Context) error {
	for _, p := range c.Options.Keep {
		if p.Deb == "" {
			continue
		}
		name := p.Deb
		ok, err := c.want(ctx, name, selection.Reason{Rule: selection.ByKeep, Text: "--keep deb:" + name})
		if err != nil {
			return err
		}
		if !ok && c.base.Package(name) == nil {
			return &selection.UnmatchedPatternError{Flag: "keep", Pattern: "deb:" + name}
		}
	}
	states, _ := c.Upper().ReadFile(dpkg.ExtendedStates) // without it every package counts as wanted
	auto := automatic(states)
	for _, name := range text.SortedKeys(c.debian.Lists) {
		if auto[name] || c.ofFatBase[name] {
			continue
		}
		if err := c.wantInstalled(ctx, name, "user layers installed it"); err != nil {
			return err
		}
	}
	named := namedByApt(c.State)
	for _, name := range text.SortedKeys(named) {
		if err := c.wantInstalled(ctx, name, named[name].Text); err != nil {
			return err
		}
	}
	return nil
}

func (c *Mover) wantInstalled(ctx context.Context, name, why string) error {
	fat, err := c.database(ctx)
	if err != nil {
		return err
	}
	if p := fat.Package(name); p != nil && !p.BuildOnly() {
		_, err = c.want(ctx, name, selection.Reason{Rule: selection.Debian, Text: why})
	}
	return err
}

// want carries a package of FAT that the base lacks, and what it depends on. It
// reports whether the package comes along.
func (c *Mover) want(ctx context.Context, name string, why selection.Reason) (bool, error) {
	if c.byName[name] != nil {
		return true, nil
	}
	if c.base.Package(name) != nil || c.refused[name] {
		return false, nil
	}
	fat, err := c.database(ctx)
	if err != nil {
		return false, err
	}
	p := fat.Package(name)
	if p == nil {
		return false, nil
	}
	list, err := c.Stack.Lookup(ctx, path.Join(dpkg.InfoDir, p.InfoName()+".list"))
	if layers.NotExist(err) {
		return false, nil // a database without its lists: nothing to carry
	}
	if err != nil {
		return false, err
	}
	cp := &carried{Package: selection.Package{Name: p.Name, Version: p.Version, Why: why}, deb: p, list: list}
	if cp.tree, err = c.TreeAt(ctx, list.Pos.Layer); err != nil {
		return false, err
	}
	c.byName[name] = cp
	c.packages = append(c.packages, cp)
	if err := c.keepFiles(ctx, cp); err != nil {
		return false, err
	}
	return true, c.wantDependencies(ctx, cp)
}

// wantDependencies carries what a package depends on, and what it recommends and
// FAT has, unless that serves building only.
func (c *Mover) wantDependencies(ctx context.Context, cp *carried) error {
	for _, relations := range []struct {
		dpkg.Relations
		verb string
		must bool
	}{{cp.deb.PreDepends, "depends on", true}, {cp.deb.Depends, "depends on", true}, {cp.deb.Recommends, "recommends", false}} {
		for _, group := range relations.Relations {
			if c.base.Satisfies(group) != nil {
				continue
			}
			p := c.fat.Satisfies(group)
			if p == nil || !relations.must && p.BuildOnly() {
				continue
			}
			why := selection.Reason{Rule: selection.Debian, Text: fmt.Sprintf("Debian package %s %s it", cp.Name, relations.verb), From: cp.list.Path()}
			if _, err := c.want(ctx, p.Name, why); err != nil {
				return err
			}
		}
	}
	return nil
}

// keepFiles keeps a package's files as FAT has them, and the directories that the
// base lacks. What the base's dpkg would leave out, such as documentation, stays
// behind.
func (c *Mover) keepFiles(ctx context.Context, cp *carried) error {
	reason := selection.Reason{Rule: selection.Debian, Text: "file of Debian package " + cp.Name, From: cp.list.Path()}
	for _, name := range ListedPaths(cp.list) {
		name = c.diversions.Place(cp.Name, name)
		if c.filter.Excludes("/" + name) {
			c.leaveOut(name, cp)
			continue
		}
		// The files of a package are as new as its list.
		n, err := c.Stack.LookupFrom(ctx, name, cp.list.Pos.Layer)
		if layers.NotExist(err) {
			continue // the user removed it
		}
		if err != nil {
			return err
		}
		if n.Kind == layers.Dir {
			if _, err := c.State.Base.Tree.Lookup(n.Path()); err == nil {
				continue
			}
		}
		if it := c.Keep(n, reason); it != nil && n.Kind == layers.File {
			cp.Files++
			cp.Bytes += n.Size
		}
	}
	return nil
}

// leaveOut says of a file of a package that comes along why it does not.
func (c *Mover) leaveOut(name string, cp *carried) {
	n, err := c.Upper().Lookup(name)
	if err != nil {
		return
	}
	if it := c.Selection.Item(n); it != nil && it.Reason.Rule == selection.Debian {
		c.Selection.Reword(it, selection.Reason{Rule: selection.Debian, Text: "of Debian package " + cp.Name + ", whose documentation and translations the base's dpkg leaves out", From: cp.list.Path()})
	}
}

// Keep keeps a node; it returns nil if the user dropped it, or if a stronger rule
// kept it already.
func (c *Mover) Keep(n *layers.Node, reason selection.Reason) *selection.Item {
	if !c.Selection.KeepPackaged(n, reason) {
		return nil
	}
	it := c.Selection.Item(n)
	c.fresh = append(c.fresh, it)
	return it
}

// Take returns the items that were kept since the last call.
func (c *Mover) Take() []*selection.Item {
	out := c.fresh
	c.fresh = nil
	return out
}

// TreeAt is the tree that holds a layer: the user's layers merged, or a cold
// layer alone.
func (c *Mover) TreeAt(ctx context.Context, layer int) (*layers.Tree, error) {
	if layer >= c.Stack.Boundary {
		return c.Upper(), nil
	}
	return c.Stack.Cold(ctx, layer)
}

// ownersAt reads the file lists of the tree that holds a layer.
func (c *Mover) ownersAt(ctx context.Context, layer int) (*Ownership, error) {
	t, err := c.TreeAt(ctx, layer)
	if err != nil {
		return nil, err
	}
	if c.trees[t] == nil {
		c.trees[t] = OwnershipOf(t)
	}
	return c.trees[t], nil
}

// ownerOf returns the Debian package that owns an item's file, or "".
func (c *Mover) ownerOf(ctx context.Context, it *selection.Item) (string, error) {
	o, err := c.ownersAt(ctx, it.Pos.Layer)
	if err != nil {
		return "", err
	}
	return o.Files[it.Node], nil
}

// WantOwner carries the package of a file that is kept because something needs
// it: libraries and tools come with their data, their plugins and their
// configuration. What serves building only stays a single file.
func (c *Mover) WantOwner(ctx context.Context, it *selection.Item) error {
	name, err := c.ownerOf(ctx, it)
	if err != nil || name == "" {
		return err
	}
	fat, err := c.database(ctx)
	if err != nil {
		return err
	}
	if p := fat.Package(name); p == nil || p.BuildOnly() {
		return nil
	}
	_, err = c.want(ctx, name, selection.Reason{Rule: selection.Debian, Text: "it holds " + path.Base(it.Path), From: it.Path})
	return err
}
