package python

import (
	"encoding/binary"
	"path"
	"strings"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// sourceOf returns the path of the source of a cached bytecode file: "a/m.py" for
// "a/__pycache__/m.cpython-39.opt-1.pyc" (PEP 3147, PEP 488). ok is false for other
// files; a .pyc outside of __pycache__ is a module of its own.
func sourceOf(name string) (source string, ok bool) {
	dir, base := path.Split(name)
	dir = strings.TrimSuffix(dir, "/")
	stem, isBytecode := strings.CutSuffix(base, ".pyc")
	if !isBytecode || path.Base(dir) != "__pycache__" {
		return "", false
	}
	// ".opt-N" may follow the tag; names of modules have no dot, but names of scripts
	// may.
	if i := strings.LastIndex(stem, ".opt-"); i >= 0 {
		stem = stem[:i]
	}
	i := strings.LastIndexByte(stem, '.')
	if i < 0 {
		return "", false
	}
	return path.Join(path.Dir(dir), stem[:i]+".py"), true
}

// bytecodeOf lists the cached bytecode of a source.
func bytecodeOf(source *layers.Node) []*layers.Node {
	cache := source.Parent().Child("__pycache__")
	if cache == nil {
		return nil
	}
	var out []*layers.Node
	module := strings.TrimSuffix(source.Base(), ".py") + "."
	for _, c := range cache.ChildrenWith(module) {
		if s, ok := sourceOf(c.Path()); ok && s == source.Path() {
			out = append(out, c)
		}
	}
	return out
}

// followBytecode gives bytecode the verdict of its source. A run of pip writes megabytes
// of bytecode of the standard library, which the interpreter would not use over the
// base's sources, since their times differ. A .pyc beside a source is a module of its
// own, but has the same content as the source: it is dropped if the user drops the source.
func followBytecode(s *selection.State) {
	for _, it := range s.Selection.Items {
		if it.Kind != layers.File || !strings.HasSuffix(it.Path, ".pyc") {
			continue
		}
		name, cached := sourceOf(it.Path)
		if !cached {
			name = strings.TrimSuffix(it.Path, "c")
		}
		var source *selection.Item
		if n, err := s.Upper().Lookup(name); err == nil {
			source = s.Selection.Item(n)
		}
		if cached || source != nil && s.Selection.DroppedByUser(source.Node) {
			s.Selection.Follow(it, source,
				selection.Reason{Rule: ruleBytecode, Text: "bytecode of a kept source", From: name},
				selection.Reason{Rule: ruleBytecode, Text: "bytecode of a source that is left behind", From: name})
		}
	}
	for _, it := range s.Selection.Items {
		// A cache directory is kept only for its content.
		if it.Kind == layers.Dir && path.Base(it.Path) == "__pycache__" {
			s.Selection.Reconsider(it)
		}
	}
}

// isUnused reports whether a file is bytecode that the interpreter would not use for any
// source of a base.
func isUnused(it *selection.Item, base *layers.Tree) bool {
	return it.Reason.Rule == ruleBytecode && it.Kind == layers.File && !usable(it, base)
}

// usable reports whether the interpreter might use a cached bytecode file for a source of
// the base: by PEP 552 it compares the source's time and size, its hash, or nothing.
func usable(it *selection.Item, base *layers.Tree) bool {
	name, _ := sourceOf(it.Path)
	source, err := base.Resolve(name)
	if err != nil {
		return false
	}
	head := it.Evidence
	if len(head) < bytecodeHead {
		return true
	}
	switch binary.LittleEndian.Uint32(head[4:]) {
	case 0:
		return binary.LittleEndian.Uint32(head[8:]) == uint32(source.ModTime) &&
			binary.LittleEndian.Uint32(head[12:]) == uint32(source.Size)
	case 3:
		return false // by the source's hash: it is unused, or equal to the base's
	}
	return true
}
