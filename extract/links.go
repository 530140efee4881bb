package extract

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/layers"
)

// route lists the symlinks that a path of FAT leads through, those of
// directories on the way too, and last what it leads to. What the base has is
// not listed, since SLIM takes it from there. The error is fs.ErrNotExist or
// [layers.ErrLinkLoop] if FAT has no such path either.
func (s *State) route(ctx context.Context, name string) ([]*layers.Node, error) {
	var out []*layers.Node
	at, rest := ".", elements(name)
	for links := 0; len(rest) > 0; {
		elem := rest[0]
		rest = rest[1:]
		if elem == ".." {
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, elem)
		n, fromBase, err := s.lookup(ctx, next)
		if notThere(err) && len(rest) > 0 {
			at = next // a directory may have no header
			continue
		}
		if err != nil {
			return nil, err
		}
		if !fromBase && (n.Kind == layers.Symlink && !n.Implied || n.Kind != layers.Symlink && len(rest) == 0) {
			out = append(out, n)
		}
		if n.Kind != layers.Symlink {
			at = n.Path()
			continue
		}
		if links++; links > maxLinks {
			return nil, layers.ErrLinkLoop
		}
		if path.IsAbs(n.Link) {
			at = "."
		}
		rest = append(elements(n.Link), rest...)
	}
	return out, nil
}

// lookup returns one path of FAT, none of whose parents is a link. A cold layer
// is opened only for what neither the user's layers nor the base have, and only
// where official images have files at all.
func (s *State) lookup(ctx context.Context, name string) (n *layers.Node, fromBase bool, err error) {
	if n, err := s.tree().Lookup(name); err == nil {
		return n, false, nil
	}
	if s.tree().Hides(name) {
		return nil, false, fs.ErrNotExist
	}
	if n, err := s.base.Tree.Lookup(name); err == nil {
		return n, true, nil
	}
	if !inOfficialArea(name) {
		return nil, false, fs.ErrNotExist
	}
	n, err = s.Stack.Lookup(ctx, name)
	return n, false, err
}

// officialAreas are the directories in which official images have files that
// slim ones may lack. Below the prefix both have CPython and nothing else.
var officialAreas = []string{"bin", "sbin", "lib", "lib64", "usr", "etc", "var"}

func inOfficialArea(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return slices.Contains(officialAreas, first) && !strings.HasPrefix(name, Prefix+"/")
}

// elements splits a path, dropping "." and empty elements.
func elements(name string) []string {
	return slices.DeleteFunc(strings.Split(name, "/"), func(s string) bool { return s == "" || s == "." })
}

// follower keeps what kept files lead to, when all rules have spoken.
type follower struct {
	*view
	started map[*layers.Node]bool // the files that the container starts
	ignore  func(link *layers.Node) bool
	queue   []*Item              // kept, and not looked at yet
	asked   map[string]*Question // by ID
}

// newFollower returns one that has all to look at that is kept.
func newFollower(s *State, started map[*layers.Node]bool) *follower {
	f := &follower{view: newView(s), started: started, asked: make(map[string]*Question)}
	for _, it := range s.sel.Items {
		// What a package's files lead to is the matter of its dependencies.
		if it.Verdict == Kept && it.Reason.Rule != RuleDebian {
			f.queue = append(f.queue, it)
		}
	}
	return f
}

// follow keeps the targets of kept links and the interpreters of kept scripts,
// to a fixpoint, and returns what a person must decide. ignore names links that
// lead nowhere, which is no loss.
func (f *follower) follow(ctx context.Context, ignore func(link *layers.Node) bool) ([]Question, error) {
	f.ignore = ignore
	for len(f.queue) > 0 {
		it := f.queue[0]
		f.queue = f.queue[1:]
		var err error
		switch it.Kind {
		case layers.Symlink:
			err = f.link(ctx, it)
		case layers.File:
			err = f.script(ctx, it)
		}
		if err != nil {
			return nil, err
		}
	}
	return f.questions(), nil
}

// link keeps what a symlink leads to in FAT and not in SLIM. A link that leads
// nowhere in FAT either is left as it is.
func (f *follower) link(ctx context.Context, it *Item) error {
	target := linkTarget(it.Node)
	if f.inSlim(target) != nil {
		return nil
	}
	if f.ignore(it.Node) {
		return nil
	}
	nodes, err := f.route(ctx, target)
	if notThere(err) {
		return nil
	}
	if err != nil {
		return err
	}
	f.keepRoute(nodes, it, Reason{RuleLink, "target of a kept link", it.Path})
	return nil
}

// keepRoute keeps the nodes of a route; the directory at its end whole, if it is
// the user's.
func (f *follower) keepRoute(nodes []*layers.Node, by *Item, r Reason) {
	for _, n := range nodes {
		if n.Kind != layers.Dir {
			f.keep(n, by, r)
			if prefix := interpreterPrefix(n); prefix != nil && f.sel.Item(n).Verdict == Kept {
				f.keepTree(prefix, by, r)
			}
			continue
		}
		if n.Implied || n.Pos.Layer >= f.Stack.Boundary {
			f.keepTree(n, by, r)
			continue
		}
		f.ask("link:/"+n.Path(), "/"+n.Path(), Mention{Path: by.Path, Text: "-> " + by.Link},
			"a kept link leads to the directory /"+n.Path()+" of the image's own base, which the slim base lacks")
	}
}

func (f *follower) keepTree(dir *layers.Node, by *Item, r Reason) {
	dir.Walk(func(n *layers.Node) bool {
		if !n.Implied {
			f.keep(n, by, r)
		}
		return true
	})
}

// keep keeps a node, of the part that what leads to it has.
func (f *follower) keep(n *layers.Node, by *Item, r Reason) {
	cold, part := n.Pos.Layer < f.Stack.Boundary, by.Part
	if cold {
		part = System
	}
	if !f.sel.Need(n, part, r) {
		return
	}
	if cold {
		f.addCold(n)
	}
	f.queue = append(f.queue, f.sel.Item(n))
}

// ask adds a place to the question of that ID.
func (f *follower) ask(id, keep string, m Mention, text string) {
	q := f.asked[id]
	if q == nil {
		q = &Question{ID: id, Text: text, Keep: keep}
		f.asked[id] = q
	}
	q.Mentions = append(q.Mentions, m)
}

// questions returns what was asked, in the order of IDs.
func (f *follower) questions() []Question {
	var out []Question
	for _, id := range sortedKeys(f.asked) {
		q := f.asked[id]
		slices.SortStableFunc(q.Mentions, func(a, b Mention) int { return strings.Compare(a.Path, b.Path) })
		out = append(out, *q)
	}
	return out
}
