package extract

import (
	"context"
	"slices"
	"strings"

	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

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
	target := LinkTarget(it.Node)
	if f.inSlim(target) != nil {
		return nil
	}
	if f.ignore(it.Node) {
		return nil
	}
	nodes, err := route(ctx, f.State, target)
	if layers.NotExist(err) {
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
	for _, id := range text.SortedKeys(f.asked) {
		q := f.asked[id]
		slices.SortStableFunc(q.Mentions, func(a, b Mention) int { return strings.Compare(a.Path, b.Path) })
		out = append(out, *q)
	}
	return out
}
