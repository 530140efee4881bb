package plan

import (
	"path"
	"slices"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

const (
	// minReuse is the least size of a blob, in bytes, to be reused. Writing a smaller one
	// anew, with others in one layer, takes less time than a request to a registry.
	minReuse = 256 << 10
	// maxWaste bounds the waste in a layer: at most 1/maxWaste of its content.
	maxWaste = 10
)

// ReuseLayers finds the user's layers that the result can reuse: between the base and
// the written layers they show what the selection keeps, and nothing else but waste. It
// looks only at the image and the base, so that every destination gets the same result.
func ReuseLayers(s *selection.State, ecosystems []*ecosystem.Ecosystem) {
	if s.Blobs == nil || s.Base.Tables == nil {
		return
	}
	r := &reuser{State: s, ecosystems: ecosystems, removed: make(map[string]bool), generated: make(map[string]bool)}
	for _, removal := range s.Selection.Removals {
		r.removed[removal.Path] = true
	}
	for i := range s.Selection.Generated {
		r.generated[s.Selection.Generated[i].Entry.Name] = true
	}
	var use []int
	for i := s.Stack.Boundary; i < len(s.Blobs); i++ {
		if r.candidate(i) {
			use = append(use, i)
		}
	}
	for len(use) > 0 {
		found := r.merge(use)
		if len(found.unfit) == 0 {
			s.Selection.Reuse(use, found.waste, func() *layers.Tree {
				tree, _ := withLayers(s.Base, s.Tables, use)
				return tree
			})
			return
		}
		var rest []int
		for _, i := range use {
			if !found.unfit[i] {
				rest = append(rest, i)
			}
		}
		use = rest
	}
}

type reuser struct {
	*selection.State
	ecosystems []*ecosystem.Ecosystem
	removed    map[string]bool // removed paths of the base
	generated  map[string]bool // generated paths
}

// candidate reports whether a layer, looked at alone, can be reused.
func (r *reuser) candidate(layer int) bool {
	desc, table := r.Blobs[layer], r.Tables[layer]
	switch desc.MediaType {
	case types.DockerLayer, types.OCILayer, types.OCILayerZStd:
	default: // uncompressed, or not meant to be pushed
		return false
	}
	if desc.Size < minReuse || len(desc.URLs) > 0 || table == nil {
		return false
	}
	straight := make(map[string]bool)
	for i := range table.Entries {
		e := &table.Entries[i]
		if r.generated[e.Name] {
			return false
		}
		dir := path.Dir(e.Name)
		if _, known := straight[dir]; !known {
			n, err := r.Base.Tree.Resolve(dir)
			straight[dir] = err != nil || n.Path() == dir
		}
		if !straight[dir] {
			return false // engines that unpack layers apart would hide the base's link
		}
		switch e.Kind {
		case layers.Whiteout:
			if _, err := r.Base.Tree.Lookup(e.Name); err == nil && !r.removed[e.Name] {
				return false
			}
		case layers.Opaque:
			if n, err := r.Base.Tree.Lookup(e.Name); err == nil && len(n.Children()) > 0 {
				return false
			}
		case layers.Device, layers.Fifo:
			return false
		}
	}
	return true
}

// merged is the result of merging layers over the base.
type merged struct {
	unfit map[int]bool // layers that show what they must not
	waste []*selection.Item
}

// merge merges the layers over the base and compares what they show with what is kept.
func (r *reuser) merge(use []int) *merged {
	out := &merged{unfit: make(map[int]bool)}
	tree, alone := withLayers(r.Base, r.Tables, use)
	if alone >= 0 {
		out.unfit[alone] = true
		return out
	}
	counted := make(map[layers.Pos]bool)
	useful := make(map[int]int64) // bytes of each layer that are kept
	tree.Walk(func(n *layers.Node) bool {
		layer := n.Pos.Layer - len(r.Base.Tables)
		if layer < 0 {
			return true
		}
		it := r.fit(n)
		switch {
		case it == nil:
			out.unfit[layer] = true
		case it.Verdict == selection.Dropped:
			out.waste = append(out.waste, it)
		case n.Same(it.Entry) && !counted[n.Pos]:
			counted[n.Pos] = true
			useful[layer] += n.Size
		}
		return true
	})
	for _, i := range use {
		if size := r.Tables[i].Size(); (size-useful[i])*maxWaste > size {
			out.unfit[i] = true
		}
	}
	return out
}

// fit returns the item that allows a layer to show a node; nil if FAT does not show the
// node there, or it must be left behind.
func (r *reuser) fit(n *layers.Node) *selection.Item {
	name := n.Path()
	fat, err := r.Upper().Lookup(name)
	if err != nil {
		return nil
	}
	it := r.Selection.Item(fat)
	if it == nil || it.To != "" || r.generated[name] || destination(r.Base.Tree, it) != name {
		return nil
	}
	switch it.Verdict {
	case selection.Kept:
		return it // if it differs, a written layer covers it
	case selection.InBase:
		if n.Same(it.Entry) {
			return it
		}
	case selection.Dropped:
		if n.Same(it.Entry) && r.isWaste(it) {
			return it
		}
	}
	return nil
}

// isWaste reports whether a dropped path may stay in the result because nothing reads it:
// caches, bytecode without a source, and directories of these.
func (r *reuser) isWaste(it *selection.Item) bool {
	unused := func(e *ecosystem.Ecosystem) bool { return e.Unused(it, r.Base.Tree) }
	return it.Reason.Rule.Unused || slices.ContainsFunc(r.ecosystems, unused)
}

// withLayers merges layers of FAT over the base. Their positions count from the base's
// last layer. alone is a layer that cannot be merged without the omitted ones (it has a
// hard link to another layer's file); -1 if there is none.
func withLayers(b *selection.Base, tables []*layers.Table, use []int) (tree *layers.Tree, alone int) {
	tree = layers.NewTree()
	for i, t := range b.Tables {
		_ = tree.Apply(i, t) // the base's own tree was merged from them
	}
	for _, i := range use {
		if err := tree.Apply(len(b.Tables)+i, tables[i]); err != nil {
			return tree, i
		}
	}
	return tree, -1
}
