package plan

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// Plan is the layers over the base: first the reused layers of FAT, then the layers to
// write, each lowest first.
type Plan struct {
	Reused []int
	Layers []Layer
	// Expected is what the image must show when the layers are applied to the base: all
	// kept paths, by their paths in SLIM.
	Expected map[string]*layers.Entry
}

// Layer is one layer to write.
type Layer struct {
	Part selection.Part
	// Title describes the layer for people; it becomes its history entry.
	Title  string
	Writes []Write
}

// Write is one entry of a layer.
type Write struct {
	Entry layers.Entry // Name is the path to write
	// Pos is where a file's content is in FAT. Layer is -1 for a generated entry, whose
	// content is Content.
	Pos     layers.Pos
	Content []byte
}

// generatedPos is the position of what is in no layer of FAT.
var generatedPos = layers.Pos{Layer: -1}

// New orders what a selection keeps. Entries are in the order of FAT's layers, so that
// writing reads each layer once from front to back; parents come before what they hold.
// What reused layers show is not written again, nor are ordinary directories that the
// base has. Whiteouts are written only for paths of the base.
func New(sel *selection.Selection, base *selection.Base) *Plan {
	p := &planner{
		sel: sel, base: base.Tree, below: base.Tree, ownLayers: len(base.Tables),
		generated: make(map[string]bool), dirs: make(map[string]bool), expected: make(map[string]*layers.Entry),
	}
	if sel.Below != nil {
		p.below = sel.Below()
	}
	for i := range sel.Generated {
		p.generated[sel.Generated[i].Entry.Name] = true
	}
	items := slices.Clone(sel.Items)
	items = slices.DeleteFunc(items, func(it *selection.Item) bool { return it.Verdict != selection.Kept || p.generated[it.Path] })
	slices.SortStableFunc(items, func(a, b *selection.Item) int {
		return cmp.Or(cmp.Compare(a.Pos.Layer, b.Pos.Layer), cmp.Compare(a.Pos.Entry, b.Pos.Entry), cmp.Compare(a.Path, b.Path))
	})
	for _, it := range sel.Items {
		if it.Verdict == selection.InBase {
			p.expected[it.Path] = it.Entry
		}
	}
	plan := &Plan{Reused: sel.Reused, Expected: p.expected}
	for _, part := range selection.Parts() {
		p.layer = Layer{Part: part}
		p.first, p.headers = make(map[layers.Pos]string), make(map[string]bool)
		if part == selection.Dependencies {
			p.whiteouts()
		}
		for i := range sel.Generated {
			if g := &sel.Generated[i]; g.Part == part {
				p.parents(g.Entry.Name, g.In)
				if g.Entry.Kind == layers.Dir {
					p.dir(g.Entry.Name, g.Entry)
					continue
				}
				p.add(Write{Entry: g.Entry, Pos: generatedPos, Content: g.Content})
				p.expected[g.Entry.Name] = &g.Entry
			}
		}
		for _, it := range items {
			if it.Part == part {
				p.write(it)
			}
		}
		if len(p.layer.Writes) > 0 {
			p.layer.Title = title(part, sel)
			plan.Layers = append(plan.Layers, p.layer)
		}
	}
	return plan
}

type planner struct {
	sel       *selection.Selection
	base      *layers.Tree
	below     *layers.Tree // the base with the reused layers
	ownLayers int          // how many layers of it are the base's
	generated map[string]bool
	dirs      map[string]bool          // directories that were written
	expected  map[string]*layers.Entry // what the result must show
	layer     Layer                    // the one being planned
	first     map[layers.Pos]string    // its files, for hard links
	headers   map[string]bool          // its directories
}

func (p *planner) add(w Write) { p.layer.Writes = append(p.layer.Writes, w) }

func (p *planner) whiteouts() {
	for _, r := range p.sel.Removals {
		p.parents(r.Path, nil)
		p.add(Write{Entry: layers.Entry{Name: layers.WhiteoutName(r.Path), Mode: 0o644}, Pos: generatedPos})
	}
}

// write adds an item, after the directories above it.
func (p *planner) write(it *selection.Item) {
	name := destination(p.base, it)
	if name == "" {
		return
	}
	if p.shownByReused(name, it.Entry) {
		p.expected[name] = it.Entry
		return
	}
	e := *it.Entry
	e.Name, e.Evidence = name, nil
	fat := it.Parent()
	if it.To != "" {
		fat = nil // it is written at another path
	}
	p.parents(name, fat)
	p.expected[name] = it.Entry
	switch it.Kind {
	case layers.Dir:
		p.dir(name, e)
		return
	case layers.File:
		if first, ok := p.first[it.Pos]; ok {
			e.Kind, e.Link, e.Size, e.Xattrs = layers.Hardlink, first, 0, nil
			p.add(Write{Entry: e, Pos: generatedPos})
			return
		}
		p.first[it.Pos] = name
	}
	p.add(Write{Entry: e, Pos: it.Pos})
}

// shownByReused reports whether a reused layer shows an entry at that path.
func (p *planner) shownByReused(name string, e *layers.Entry) bool {
	n, err := p.below.Lookup(name)
	return p.below != p.base && err == nil && n.Pos.Layer >= p.ownLayers && n.Same(e)
}

// parents adds the headers of the directories above name that this layer must have. fat
// is FAT's directory that holds it; nil for what is written at another path.
func (p *planner) parents(name string, fat *layers.Node) {
	dir := path.Dir(name)
	if dir == "." || p.headers[dir] {
		return
	}
	var up *layers.Node
	if fat != nil {
		up = fat.Parent()
	}
	p.parents(dir, up)
	p.dir(dir, p.directory(dir, fat))
}

// directory returns the header that the image shows for a directory: what a lower layer
// wrote, else FAT's, else the base's.
func (p *planner) directory(name string, fat *layers.Node) layers.Entry {
	e := layers.Entry{Kind: layers.Dir, Mode: 0o755}
	if w := p.expected[name]; w != nil && w.Kind == layers.Dir {
		e = *w
	} else if fat != nil && !fat.Implied {
		e = *fat.Entry
	} else if b, err := p.below.Lookup(name); err == nil && b.Kind == layers.Dir {
		e = *b.Entry
	}
	e.Name, e.Evidence = name, nil
	return e
}

// dir adds a directory's header, unless the image shows the same without it. A directory
// of a lower layer still needs one if its owner is not root or its mode not 0755: engines
// that unpack each layer by itself create a directory without a header as root's, with
// mode 0755, and show that.
func (p *planner) dir(name string, e layers.Entry) {
	if p.headers[name] {
		return
	}
	b, err := p.below.Lookup(name)
	isBelow := err == nil && b.Kind == layers.Dir && b.SameAttributes(&e)
	plain := e.SameAttributes(&layers.Entry{Kind: layers.Dir, Mode: 0o755})
	if plain && (isBelow || p.dirs[name]) {
		return
	}
	p.headers[name], p.dirs[name] = true, true
	if !isBelow {
		p.expected[name] = &e
	}
	p.add(Write{Entry: e, Pos: generatedPos})
}

// destination is the path at which a path of FAT is written: if the base's root has a
// link (merged /usr) where FAT has a directory, below the link's target. It is "" for
// such a directory itself, which is never written over the link.
func destination(base *layers.Tree, it *selection.Item) string {
	if it.To != "" {
		return it.To
	}
	first, rest, below := strings.Cut(it.Path, "/")
	link := base.Root().Child(first)
	if link == nil || link.Kind != layers.Symlink || !below && it.Kind != layers.Dir {
		return it.Path
	}
	to, err := base.Resolve(first)
	if err != nil || to.Kind != layers.Dir {
		return it.Path
	}
	if !below {
		return ""
	}
	return path.Join(to.Path(), rest)
}

// title describes a layer by what it holds.
func title(part selection.Part, sel *selection.Selection) string {
	switch part {
	case selection.Dependencies:
		names := make([]string, 0, len(sel.Distributions))
		for _, d := range sel.Distributions {
			names = append(names, strings.ReplaceAll(d.Label(), " ", "=="))
		}
		return "dependencies: " + text.Counted(names, "distribution")
	case selection.Application:
		return "application files"
	}
	n := 0
	for _, it := range sel.Items {
		if it.Part == selection.System && it.Verdict == selection.Kept && it.Kind != layers.Dir {
			n++
		}
	}
	if n == 1 {
		return "system: 1 file"
	}
	return fmt.Sprintf("system: %d files", n)
}
