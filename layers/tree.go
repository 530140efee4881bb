package layers

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// maxLinks bounds the symlinks that one path may lead through, as Linux does
// (path_resolution(7)).
const maxLinks = 40

// ErrLinkLoop is returned for a path that leads through too many symlinks.
var ErrLinkLoop = errors.New("too many levels of symbolic links")

// Pos is where in an image an entry stands.
type Pos struct {
	Layer int // index in the image's layers, lowest first; -1 if no layer holds it
	Entry int // index in that layer's table
}

// Tree is the merged view of some layers of an image. Each node remembers where
// its entry and its content stand. A tree need not begin at an image's first
// layer: it remembers what it hides from the layers below.
type Tree struct {
	root *Node
	// implied counts the directories that no header listed.
	implied int
}

// Node is one path of a [Tree].
type Node struct {
	*Entry
	// Pos is where the entry stands. For a second name of a file it is where
	// the content stands: Entry is then the first name's.
	Pos Pos
	// FirstName is the first name's path if the node is a hard link.
	FirstName string
	// Implied is set on directories that no header lists, and on links that
	// were assumed: their attributes are guesses.
	Implied bool

	name   string
	parent *Node
	dir    *folder // nil unless it is a directory with children or markers
}

// folder holds a directory's children and markers. Most nodes are files and
// have none.
type folder struct {
	children map[string]*Node
	sorted   []*Node // the children by name; nil until they are listed
	// hidden are names that a whiteout removed and no entry added again; opaque
	// hides everything below this directory in lower layers.
	hidden map[string]bool
	opaque bool
}

// folder returns the directory's folder for writing.
func (n *Node) folder() *folder {
	if n.dir == nil {
		n.dir = new(folder)
	}
	return n.dir
}

// hides reports whether markers in the directory hide that name in lower
// layers.
func (n *Node) hides(name string) bool {
	return n.dir != nil && (n.dir.opaque || n.dir.hidden[name])
}

// NewTree returns an empty tree.
func NewTree() *Tree {
	return &Tree{root: impliedDir(nil, "")}
}

func impliedDir(parent *Node, name string) *Node {
	return &Node{
		Entry: &Entry{Name: name, Kind: Dir, Mode: 0o755}, Pos: Pos{Layer: -1}, Implied: true, name: name, parent: parent,
	}
}

// cut splits a path that is not empty after its first element. rest is "" after
// the last one; empty elements and "." are skipped.
func cut(name string) (elem, rest string) {
	elem, rest, _ = strings.Cut(name, "/")
	return elem, strip(rest)
}

// strip removes slashes and "." before a path's first element.
func strip(name string) string {
	for {
		switch {
		case name == ".":
			return ""
		case strings.HasPrefix(name, "/"):
			name = name[1:]
		case strings.HasPrefix(name, "./"):
			name = name[2:]
		default:
			return name
		}
	}
}

// Lookup returns the node of that name. Directories on the way may be symlinks;
// a symlink at the end is returned itself (as in lstat). The error is
// fs.ErrNotExist or [ErrLinkLoop].
func (t *Tree) Lookup(name string) (*Node, error) { return t.walk(name, false, false) }

// Resolve returns the node that a name leads to through all symlinks (as in
// stat).
func (t *Tree) Resolve(name string) (*Node, error) { return t.walk(name, true, false) }

// walk resolves a name in the tree. Without follow it returns a symlink at the
// end itself; with create it adds missing directories.
func (t *Tree) walk(name string, follow, create bool) (*Node, error) {
	at, links := t.root, 0
	elem := ""
	for rest := strip(name); rest != ""; {
		elem, rest = cut(rest)
		if elem == ".." {
			if at.parent != nil {
				at = at.parent
			}
			continue
		}
		next := at.Child(elem)
		if create && (next == nil || next.Kind != Dir && next.Kind != Symlink) {
			if t.implied++; t.implied > maxImplied {
				return nil, ErrTooManyDirs
			}
			next = impliedDir(at, elem)
			at.put(next, elem)
		}
		if next == nil {
			return nil, fs.ErrNotExist
		}
		if next.Kind != Symlink || rest == "" && !follow {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return nil, ErrLinkLoop
		}
		if path.IsAbs(next.Link) {
			at = t.root
		}
		rest = strip(next.Link + "/" + rest)
	}
	return at, nil
}

// Hides reports whether the tree's layers hide what lower layers have under
// that name: by a marker on it or on a directory above it, or by another entry
// at its path or at that of a directory above it.
func (t *Tree) Hides(name string) bool {
	at := t.root
	elem := ""
	for rest := strip(name); rest != ""; {
		elem, rest = cut(rest)
		if at.hides(elem) {
			return true
		}
		next := at.Child(elem)
		if next == nil {
			return false
		}
		if rest == "" || next.Kind != Dir {
			return !next.Implied
		}
		at = next
	}
	return false
}

// Hidden lists the paths that markers removed and no entry added again, sorted.
// An opaque directory is listed with a trailing slash.
func (t *Tree) Hidden() []string {
	var out []string
	t.Walk(func(n *Node) bool {
		if n.dir == nil {
			return true
		}
		if n.dir.opaque {
			out = append(out, n.Path()+"/")
		}
		for name := range n.dir.hidden {
			out = append(out, path.Join(n.Path(), name))
		}
		return true
	})
	slices.Sort(out)
	return out
}

// Root is the tree's root directory.
func (t *Tree) Root() *Node { return t.root }

// Walk calls f for each node, beginning with the root: parents before their
// children, children in the order of their names. It skips what lies below a
// directory for which f returns false.
func (t *Tree) Walk(f func(*Node) bool) { t.root.Walk(f) }

// Walk calls f for the node and, if f returns true, for every node below it.
func (n *Node) Walk(f func(*Node) bool) {
	if !f(n) {
		return
	}
	for _, c := range n.Children() {
		c.Walk(f)
	}
}

// Path is the node's canonical path, without a leading slash; "." is the root.
// No element of it is a symlink of the tree.
func (n *Node) Path() string {
	if n.parent == nil {
		return "."
	}
	if n.standsAt(n.Name) {
		return n.Name // no copy: trees of large images hold many
	}
	size := -1
	for at := n; at.parent != nil; at = at.parent {
		size += len(at.name) + 1
	}
	buf := make([]byte, size)
	for at := n; at.parent != nil; at = at.parent {
		size -= len(at.name)
		copy(buf[size:], at.name)
		if size > 0 {
			size--
			buf[size] = '/'
		}
	}
	return string(buf)
}

// standsAt reports whether a name is the node's canonical path.
func (n *Node) standsAt(name string) bool {
	at := n
	for ; at.parent != nil; at = at.parent {
		rest, ok := strings.CutSuffix(name, at.name)
		if !ok {
			return false
		}
		if at.parent.parent == nil {
			return rest == ""
		}
		if name, ok = strings.CutSuffix(rest, "/"); !ok {
			return false
		}
	}
	return false
}

// Base is the node's name in its directory; "." for the root.
func (n *Node) Base() string {
	if n.parent == nil {
		return "."
	}
	return n.name
}

// Parent is the directory that holds the node; nil for the root.
func (n *Node) Parent() *Node { return n.parent }

// Child returns the entry of that name in a directory, or nil.
func (n *Node) Child(name string) *Node {
	if n.dir == nil {
		return nil
	}
	return n.dir.children[name]
}

// Children lists a directory, by name. The caller must not change the list.
func (n *Node) Children() []*Node {
	f := n.dir
	if f == nil {
		return nil
	}
	if f.sorted == nil && len(f.children) > 0 {
		f.sorted = slices.AppendSeq(make([]*Node, 0, len(f.children)), maps.Values(f.children))
		slices.SortFunc(f.sorted, func(a, b *Node) int { return cmp.Compare(a.name, b.name) })
	}
	return f.sorted
}
