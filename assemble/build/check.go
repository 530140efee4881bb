package build

import (
	"bytes"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/cleanup"
	"github.com/slimify/slimify/layers"
)

// AssemblyError is an assembled image that differs from its plan. It is a bug in slimify;
// nothing was pushed.
type AssemblyError struct {
	Path string
	What string
}

func (e *AssemblyError) Error() string {
	return fmt.Sprintf("assembled image is wrong at /%s: %s", e.Path, e.What)
}

// Check reads the written layers back, merges all added layers over the base and compares
// every path with the plan: what is kept is as in the source, what was removed is gone, and
// the rest is as in the base. It returns the merged tree, and the uncompressed size of the
// layers in bytes.
func Check(b *analyze.Base, added []Layer, planned *plan.Plan, removals []selection.Removal, capture layers.Capture) (tree *layers.Tree, unpacked int64, err error) {
	tree = layers.NewTree()
	for i, bl := range b.Layers {
		if err := tree.Apply(i, bl.Table); err != nil {
			return nil, 0, err
		}
		unpacked += bl.Table.Bytes
	}
	for i := range added {
		table, err := added[i].contents(planned, capture)
		if err != nil {
			return nil, 0, err
		}
		if err := tree.Apply(len(b.Layers)+i, table); err != nil {
			return nil, 0, err
		}
		unpacked += table.Bytes
	}
	for name, want := range planned.Expected {
		n, err := tree.Lookup(name)
		if err != nil {
			return nil, 0, &AssemblyError{name, "it is missing"}
		}
		if !n.Same(want) {
			return nil, 0, &AssemblyError{name, "it is not as in the image"}
		}
	}
	for _, gone := range removals {
		if _, err := tree.Lookup(gone.Path); err == nil {
			return nil, 0, &AssemblyError{gone.Path, "it should be gone"}
		}
	}
	if name := changedPath(b.Tree, tree, planned, removals); name != "" {
		return nil, 0, &AssemblyError{name, "it changed, though no rule says so"}
	}
	if name := unexpectedPath(tree, len(b.Layers), added, planned); name != "" {
		return nil, 0, &AssemblyError{name, "no rule keeps it"}
	}
	return tree, unpacked, nil
}

// unexpectedPath returns a path that a reused layer shows and the plan does not have; "" if
// there is none.
func unexpectedPath(tree *layers.Tree, below int, added []Layer, planned *plan.Plan) string {
	found := ""
	tree.Walk(func(n *layers.Node) bool {
		if i := n.Pos.Layer - below; i >= 0 && added[i].table != nil && n.Parent() != nil && planned.Expected[n.Path()] == nil {
			found = n.Path()
		}
		return found == ""
	})
	return found
}

// reuseEvidence gives the entries of a written layer the evidence that was captured from
// the source: the content of one digest is the same. The evidence of files that slimify
// generated is captured now.
func reuseEvidence(table *layers.Table, planned *plan.Plan, capture layers.Capture) error {
	generated := make(map[string][]byte)
	for i := range planned.Layers {
		for j := range planned.Layers[i].Writes {
			if w := &planned.Layers[i].Writes[j]; w.Content != nil {
				generated[w.Entry.Name] = w.Content
			}
		}
	}
	for i := range table.Entries {
		e := &table.Entries[i]
		if e.Kind != layers.File {
			continue
		}
		if content, ok := generated[e.Name]; ok {
			evidence, err := capture(e, bytes.NewReader(content))
			if err != nil {
				return err
			}
			e.Evidence = evidence
		} else if want := planned.Expected[e.Name]; want != nil && want.Digest == e.Digest {
			e.Evidence = want.Evidence
		}
	}
	return nil
}

func readBack(l v1.Layer) (table *layers.Table, err error) {
	rc, err := image.Uncompressed(l.Compressed)
	if err != nil {
		return nil, err
	}
	defer func() { err = cleanup.Close(err, rc) }()
	return layers.Index(rc, nil, layers.DefaultLimits())
}

// changedPath returns a path of the base that the result lacks or shows differently against
// the plan; "" if there is none.
func changedPath(before, after *layers.Tree, planned *plan.Plan, removals []selection.Removal) string {
	gone := make(map[string]bool, len(removals))
	for _, r := range removals {
		gone[r.Path] = true
	}
	found := ""
	before.Walk(func(n *layers.Node) bool {
		name := n.Path()
		if found != "" || gone[name] {
			return false
		}
		if name == "." {
			return true
		}
		got, err := after.Lookup(name)
		if want := planned.Expected[name]; want != nil {
			// A file in a directory's place hides what was below.
			return want.Kind == layers.Dir
		}
		if err != nil || got.Pos != n.Pos {
			found = name
		}
		return true
	})
	return found
}
