package follow

import (
	"context"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/view"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// follower keeps what kept files lead to.
type follower struct {
	*view.View
	official *official.FatImage
	started  map[*layers.Node]bool          // the files that the container starts
	parts    []*ecosystem.Selecting         // of the ecosystems
	queue    []*selection.Item              // kept, but not followed yet
	asked    map[string]*selection.Question // by ID
}

// Follow keeps the targets of kept links and the interpreters of kept scripts, until
// nothing more is found. It runs after the rules. started are the files that the container
// starts. It returns what a person must decide.
func Follow(ctx context.Context, s *selection.State, fat *official.FatImage, started map[*layers.Node]bool, parts []*ecosystem.Selecting) ([]selection.Question, error) {
	f := &follower{View: view.New(s), official: fat, started: started, parts: parts, asked: make(map[string]*selection.Question)}
	for _, it := range s.Selection.Items {
		// What a Debian package's files lead to is in its dependencies.
		if it.Verdict == selection.Kept && it.Reason.Rule != selection.Debian {
			f.queue = append(f.queue, it)
		}
	}
	for _, p := range f.parts {
		if err := p.Interpreters(ctx, f.View, f.keepRoute); err != nil {
			return nil, err
		}
	}
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

// link keeps the target of a symlink if SLIM lacks it. A link that is dangling in FAT
// stays so.
func (f *follower) link(ctx context.Context, it *selection.Item) error {
	target := view.LinkTarget(it.Node)
	if f.InSlim(target) != nil {
		return nil
	}
	if slices.ContainsFunc(f.parts, func(p *ecosystem.Selecting) bool { return p.IgnoreLink(it.Node) }) {
		return nil
	}
	nodes, err := view.Route(ctx, f.State, target)
	if layers.NotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	f.keepRoute(nodes, it, selection.Reason{Rule: selection.LinkTarget, Text: "target of a kept link", From: it.Path})
	return nil
}

// keepRoute keeps the nodes of a route. A directory at its end is kept whole if it is in
// the user's layers; else the user is asked.
func (f *follower) keepRoute(nodes []*layers.Node, by *selection.Item, r selection.Reason) {
	for _, n := range nodes {
		if n.Kind != layers.Dir {
			f.keep(n, by, r)
			for _, p := range f.parts {
				if prefix := p.Prefix(n); prefix != nil && f.Selection.Item(n).Verdict == selection.Kept {
					f.keepTree(prefix, by, r)
				}
			}
			continue
		}
		if n.Implied || n.Pos.Layer >= f.Stack.Boundary {
			f.keepTree(n, by, r)
			continue
		}
		f.ask(selection.Question{
			ID: "link:/" + n.Path(), Keep: "/" + n.Path(),
			Text: "a kept link leads to the directory /" + n.Path() + " of the original base image, but the base lacks it",
		}, selection.Mention{Path: by.Path, Text: "-> " + by.Link})
	}
}

func (f *follower) keepTree(dir *layers.Node, by *selection.Item, r selection.Reason) {
	dir.Walk(func(n *layers.Node) bool {
		if !n.Implied {
			f.keep(n, by, r)
		}
		return true
	})
}

// keep keeps a node in the part of the item that leads to it; one of a cold layer in
// the part system.
func (f *follower) keep(n *layers.Node, by *selection.Item, r selection.Reason) {
	cold, part := n.Pos.Layer < f.Stack.Boundary, by.Part
	if cold {
		part = selection.System
	}
	if !f.Selection.Need(n, part, r) {
		return
	}
	if cold {
		f.AddCold(n)
	}
	f.queue = append(f.queue, f.Selection.Item(n))
}

// ask adds a place to a question, which is asked once.
func (f *follower) ask(q selection.Question, m selection.Mention) {
	asked := f.asked[q.ID]
	if asked == nil {
		asked = &q
		f.asked[q.ID] = asked
	}
	asked.Mentions = append(asked.Mentions, m)
}

// questions returns the questions in the order of their IDs.
func (f *follower) questions() []selection.Question {
	var out []selection.Question
	for _, id := range text.SortedKeys(f.asked) {
		q := f.asked[id]
		slices.SortStableFunc(q.Mentions, func(a, b selection.Mention) int { return strings.Compare(a.Path, b.Path) })
		out = append(out, *q)
	}
	return out
}
