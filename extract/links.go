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
func (s *scene) route(ctx context.Context, name string) ([]*layers.Node, error) {
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
func (s *scene) lookup(ctx context.Context, name string) (n *layers.Node, fromBase bool, err error) {
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
	queue []*Item               // kept, and not looked at yet
	asked map[string]*Question  // by ID
	stale map[*environment]bool // environments that are not used, and cannot be
}

// follow keeps the targets of kept links and the interpreters of kept scripts,
// to a fixpoint. It returns an [*InterpreterError] for an environment that the
// image uses and that cannot run in SLIM.
func (s *scene) follow(ctx context.Context) error {
	f := &follower{view: s.view(), asked: make(map[string]*Question), stale: make(map[*environment]bool)}
	for _, it := range s.sel.Items {
		// What a package's files lead to is the matter of its dependencies.
		if it.Verdict == Kept && it.Reason.Rule != "debian" {
			f.queue = append(f.queue, it)
		}
	}
	if err := f.environments(ctx); err != nil {
		return err
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
			return err
		}
	}
	f.tellQuestions()
	return nil
}

// link keeps what a symlink leads to in FAT and not in SLIM. A link that leads
// nowhere in FAT either is left as it is.
func (f *follower) link(ctx context.Context, it *Item) error {
	target := linkTarget(it.Node)
	if f.inSlim(target) != nil {
		return nil
	}
	if e := f.environmentOf(it.Node); e != nil && f.stale[e] && isInterpreter(it.Path) {
		return nil
	}
	nodes, err := f.route(ctx, target)
	if notThere(err) {
		return nil
	}
	if err != nil {
		return err
	}
	f.keepRoute(nodes, it, Reason{"link", "target of a kept link", it.Path})
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

// final names the rules whose drops nothing reverses: the user's own word, and
// what would harm the base.
var final = map[string]bool{"drop": true, "special": true, "dpkg-database": true, "loader-cache": true, "interpreter": true}

// keep keeps a node unless a final rule dropped it.
func (f *follower) keep(n *layers.Node, by *Item, r Reason) {
	it, part := f.sel.Item(n), by.Part
	if it == nil {
		it = f.sel.add(n)
	}
	if n.Pos.Layer < f.Stack.Boundary {
		part = System
	}
	if it.Verdict == Kept || it.Verdict == Dropped && final[it.Reason.Rule] {
		return
	}
	it.Verdict, it.Part, it.Reason = Kept, part, r
	if n.Pos.Layer < f.Stack.Boundary {
		f.addCold(n)
	}
	f.queue = append(f.queue, it)
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

// tellQuestions hands over what was asked, in the order of IDs.
func (f *follower) tellQuestions() {
	ids := make([]string, 0, len(f.asked))
	for id := range f.asked {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		q := f.asked[id]
		slices.SortStableFunc(q.Mentions, func(a, b Mention) int { return strings.Compare(a.Path, b.Path) })
		f.sel.Questions = append(f.sel.Questions, *q)
	}
}
