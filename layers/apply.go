package layers

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// maxImplied bounds the directories that a tree adds for names whose parents
// have no header: real layers have a handful.
const maxImplied = 200_000

// ErrTooManyDirs is returned for layers whose names imply more directories than
// any image has.
var ErrTooManyDirs = fmt.Errorf("more than %d directories without a header", maxImplied)

// Assume adds a symlink that a layer outside of the tree is known to hold
// (the merged-/usr links), so that names lead through it.
func (t *Tree) Assume(name, link string) error {
	dir, err := t.makeDir(path.Dir(name))
	if err != nil {
		return err
	}
	base := path.Base(name)
	if dir.Child(base) == nil {
		dir.put(&Node{Entry: &Entry{Name: name, Kind: Symlink, Mode: 0o777, Link: link}, Pos: Pos{Layer: -1}, Implied: true}, base)
	}
	return nil
}

// Apply merges a layer over the tree. Markers apply to lower layers only,
// wherever they stand in the tar. Of two entries with the same name the later
// one wins. An entry below a symlink is put where the link leads. The table
// must not change afterwards.
func (t *Tree) Apply(layer int, table *Table) error {
	for i := range table.Entries {
		e := &table.Entries[i]
		if e.Kind != Whiteout && e.Kind != Opaque {
			continue
		}
		if err := t.hide(e); err != nil {
			return &EntryError{e.Name, err}
		}
	}
	at := &place{tree: t}
	var late []int // hard links that stand before their first name
	for i := range table.Entries {
		err := at.apply(Pos{layer, i}, &table.Entries[i])
		if errors.Is(err, errNoFirstName) {
			late = append(late, i)
		} else if err != nil {
			return &EntryError{table.Entries[i].Name, err}
		}
	}
	for _, i := range late {
		if err := at.apply(Pos{layer, i}, &table.Entries[i]); err != nil {
			return &EntryError{table.Entries[i].Name, err}
		}
	}
	return nil
}

// hide applies a whiteout or an opaque marker.
func (t *Tree) hide(e *Entry) error {
	if e.Kind == Opaque {
		dir, err := t.makeDir(e.Name)
		if err != nil {
			return err
		}
		dir.dir = &folder{opaque: true}
		return nil
	}
	dir, err := t.makeDir(path.Dir(e.Name))
	if err != nil {
		return err
	}
	f, base := dir.folder(), path.Base(e.Name)
	delete(f.children, base)
	f.sorted = nil
	if f.hidden == nil {
		f.hidden = make(map[string]bool)
	}
	f.hidden[base] = true
	return nil
}

var errNoFirstName = errors.New("hard link to a path that does not exist")

// place remembers the directory of a layer's last entry, since the next one is
// mostly in the same directory. It stays valid while entries are added to that
// directory: replacing the directory itself is an entry of another one. A directory
// reached through a symlink is not remembered, since an entry in it may replace the
// symlink.
type place struct {
	tree *Tree
	name string // of the directory
	dir  *Node  // nil if none is remembered
}

// parent returns the directory that an entry belongs to and the entry's name in it.
func (p *place) parent(name string) (dir *Node, base string, err error) {
	parent := "."
	base = name
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		parent, base = name[:i], name[i+1:]
	}
	if p.dir != nil && p.name == parent {
		return p.dir, base, nil
	}
	if dir, err = p.tree.makeDir(parent); err != nil {
		return nil, "", err
	}
	p.name, p.dir = parent, nil
	if dir.standsAt(parent) {
		p.dir = dir
	}
	return dir, base, nil
}

func (p *place) apply(pos Pos, e *Entry) error {
	switch {
	case e.Kind == Whiteout || e.Kind == Opaque:
		return nil
	case e.Kind == Hardlink:
		return p.link(e)
	case e.Name == "." && e.Kind == Dir:
		root := p.tree.root
		root.Entry, root.Pos, root.Implied = e, pos, false
		return nil
	case e.Name == ".":
		return fmt.Errorf("the root is a %s", e.Kind)
	}
	dir, base, err := p.parent(e.Name)
	if err != nil {
		return err
	}
	if old := dir.Child(base); e.Kind == Dir && old != nil && old.Kind == Dir {
		old.Entry, old.Pos, old.Implied = e, pos, false
		return nil
	}
	dir.put(&Node{Entry: e, Pos: pos}, base)
	return nil
}

// link adds a hard link to a file.
func (p *place) link(e *Entry) error {
	first, err := p.tree.Lookup(e.Link)
	if err != nil {
		return fmt.Errorf("%w: %q", errNoFirstName, e.Link)
	}
	if first.Kind == Dir {
		return fmt.Errorf("hard link to the directory %q", e.Link)
	}
	dir, base, err := p.parent(e.Name)
	if err != nil {
		return err
	}
	if dir.Child(base) == first {
		return nil // a link to itself
	}
	name := first.FirstName
	if name == "" {
		name = first.Path()
	}
	dir.put(&Node{Entry: first.Entry, Pos: first.Pos, FirstName: name}, base)
	return nil
}

// put makes child the entry of that name. A directory that replaces something
// else hides what lower layers have below that name.
func (n *Node) put(child *Node, name string) {
	child.name, child.parent = name, n
	f := n.folder()
	if child.Kind == Dir && (f.children[name] != nil || f.hidden[name]) {
		child.folder().opaque = true
	}
	if f.children == nil {
		f.children = make(map[string]*Node)
	}
	f.children[name], f.sorted = child, nil
	delete(f.hidden, name)
}

// makeDir returns the directory of that name, following links, and creates the
// missing ones. A file on the way is replaced with a directory, as container
// runtimes do.
func (t *Tree) makeDir(name string) (*Node, error) { return t.walk(name, true, true) }
