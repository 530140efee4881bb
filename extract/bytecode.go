package extract

import (
	"path"
	"strings"

	"github.com/slimify/slimify/layers"
)

// sourceOf returns the path of the source that a cached bytecode file was made
// from: "a/__pycache__/m.cpython-39.opt-1.pyc" of "a/m.py" (PEP 3147, PEP
// 488). ok is false for other files; a .pyc beside its source's place is a
// module of its own.
func sourceOf(name string) (source string, ok bool) {
	dir, base := path.Split(name)
	dir = strings.TrimSuffix(dir, "/")
	stem, isBytecode := strings.CutSuffix(base, ".pyc")
	if !isBytecode || path.Base(dir) != "__pycache__" {
		return "", false
	}
	// The tag may be followed by ".opt-N"; modules' names hold no dot, but
	// scripts' may.
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

// followBytecode gives bytecode the verdict of its source. A run of pip writes
// megabytes of bytecode of the standard library; over another build's sources,
// whose times differ, none of it would be used. A .pyc beside a source is a
// module of its own, but holds what the source holds: it goes with a source
// that the user dropped.
func followBytecode(s *State) {
	for _, it := range s.sel.Items {
		if it.Kind != layers.File || !strings.HasSuffix(it.Path, ".pyc") {
			continue
		}
		name, cached := sourceOf(it.Path)
		if !cached {
			name = strings.TrimSuffix(it.Path, "c")
		}
		var source *Item
		if n, err := s.tree().Lookup(name); err == nil {
			source = s.sel.Item(n)
		}
		if cached || source != nil && s.sel.DroppedByUser(source.Node) {
			s.sel.Follow(it, source,
				Reason{RuleBytecode, "bytecode of a kept source", name},
				Reason{RuleBytecode, "bytecode of a source that stays behind", name})
		}
	}
	for _, it := range s.sel.Items {
		// A cache directory is no reason for itself.
		if it.Kind == layers.Dir && path.Base(it.Path) == "__pycache__" {
			s.sel.Reconsider(it)
		}
	}
}
