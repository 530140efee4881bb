package layers

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// Stack is an image whose upper layers are merged and whose lower layers are
// cold: each is read only when a lookup needs it, newest first.
type Stack struct {
	// Upper holds the layers from Boundary up.
	Upper    *Tree
	Boundary int

	read  func(ctx context.Context, layer int) (*Table, error)
	links func(*Tree) error
	cold  map[int]*Tree
}

// NewStack returns a stack whose layers below boundary are read with read when
// needed. links, if not nil, adds to each new tree the symlinks that names lead
// through (see [Tree.Assume]).
func NewStack(boundary int, links func(*Tree) error, read func(ctx context.Context, layer int) (*Table, error)) (*Stack, error) {
	s := &Stack{Boundary: boundary, read: read, links: links, cold: make(map[int]*Tree)}
	var err error
	s.Upper, err = s.newTree()
	return s, err
}

func (s *Stack) newTree() (*Tree, error) {
	t := NewTree()
	if s.links == nil {
		return t, nil
	}
	return t, s.links(t)
}

// Lookup returns the node of that name in the whole image, without following a
// symlink at its end. It opens as few cold layers as the answer needs. The
// error is fs.ErrNotExist if the image has no such path.
func (s *Stack) Lookup(ctx context.Context, name string) (*Node, error) {
	return s.LookupFrom(ctx, name, 0)
}

// LookupFrom is Lookup for a path that no layer below oldest holds: those
// layers are not opened.
func (s *Stack) LookupFrom(ctx context.Context, name string, oldest int) (*Node, error) {
	at := s.Upper
	for layer := s.Boundary; ; layer-- {
		n, err := at.Lookup(name)
		if err == nil && !n.Implied {
			return n, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if at.Hides(name) || layer <= oldest {
			return nil, fs.ErrNotExist
		}
		if at, err = s.Cold(ctx, layer-1); err != nil {
			return nil, err
		}
	}
}

// Resolve is Lookup that follows a symlink at the end.
func (s *Stack) Resolve(ctx context.Context, name string) (*Node, error) {
	for range maxLinks {
		n, err := s.Lookup(ctx, name)
		if err != nil || n.Kind != Symlink {
			return n, err
		}
		name = n.Link
		if !path.IsAbs(name) {
			name = path.Join(path.Dir(n.Path()), name)
		}
	}
	return nil, ErrLinkLoop
}

// Find returns the first of several paths that leads to a node which want
// accepts; the path may be a symlink. It looks for all of them in one layer
// before it opens the next lower one, so that a name with many possible places
// does not open all layers. It returns the path as given, without following
// links.
func (s *Stack) Find(ctx context.Context, names []string, want func(*Node) bool) (string, error) {
	at := s.Upper
	for layer := s.Boundary; ; layer-- {
		for _, name := range names {
			n, err := at.Lookup(name)
			if err != nil || n.Implied {
				continue
			}
			if n, err = s.Resolve(ctx, name); err == nil && want(n) {
				return name, nil
			} else if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrLinkLoop) {
				return "", err
			}
		}
		if layer == 0 {
			return "", fs.ErrNotExist
		}
		var err error
		if at, err = s.Cold(ctx, layer-1); err != nil {
			return "", err
		}
	}
}

// ReadFile returns the captured content of a file, cold layers included.
func (s *Stack) ReadFile(ctx context.Context, name string) ([]byte, error) {
	n, err := s.Resolve(ctx, name)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	if n.Evidence == nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: ErrNotCaptured}
	}
	return n.Evidence, nil
}

// Cold returns the tree of one cold layer alone.
func (s *Stack) Cold(ctx context.Context, layer int) (*Tree, error) {
	if t := s.cold[layer]; t != nil {
		return t, nil
	}
	table, err := s.read(ctx, layer)
	if err != nil {
		return nil, err
	}
	t, err := s.newTree()
	if err != nil {
		return nil, err
	}
	if err := t.Apply(layer, table); err != nil {
		return nil, fmt.Errorf("merging layer %d: %w", layer, err)
	}
	s.cold[layer] = t
	return t, nil
}

// Glob calls f for each path of the image that match accepts, cold layers
// included; it opens all of them.
func (s *Stack) Glob(ctx context.Context, match func(name string) bool, f func(*Node)) error {
	above := []*Tree{s.Upper}
	visit := func(t *Tree) {
		t.Walk(func(n *Node) bool {
			name := n.Path()
			if n.Implied || !match(name) {
				return true
			}
			for _, a := range above {
				if a != t && a.shows(name) {
					return true
				}
			}
			f(n)
			return true
		})
	}
	visit(s.Upper)
	for layer := s.Boundary - 1; layer >= 0; layer-- {
		t, err := s.Cold(ctx, layer)
		if err != nil {
			return err
		}
		visit(t)
		above = append(above, t)
	}
	return nil
}

// shows reports whether the tree has that path, or hides it.
func (t *Tree) shows(name string) bool {
	if n, err := t.Lookup(name); err == nil && !n.Implied {
		return true
	}
	return t.Hides(name)
}
