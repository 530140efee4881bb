package view

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/paths"
	"github.com/slimify/slimify/layers"
)

// MaxLinks bounds a chain of symlinks, as Linux does.
const MaxLinks = 40

// LinkTarget is the path that a symlink names, from the image's root.
func LinkTarget(link *layers.Node) string {
	if path.IsAbs(link.Link) {
		return link.Link
	}
	return path.Join("/", path.Dir(link.Path()), link.Link)
}

// Route lists the symlinks that a path of FAT leads through, including those of parent
// directories, and at the end its target. Nodes of the base are not listed, since SLIM
// has them. The error is fs.ErrNotExist or [layers.ErrLinkLoop] if FAT does not have
// the path.
func Route(ctx context.Context, s *selection.State, name string) ([]*layers.Node, error) {
	var out []*layers.Node
	at, rest := ".", paths.Elements(name)
	for links := 0; len(rest) > 0; {
		elem := rest[0]
		rest = rest[1:]
		if elem == ".." {
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, elem)
		n, fromBase, err := lookup(ctx, s, next)
		if layers.NotExist(err) && len(rest) > 0 {
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
		if links++; links > MaxLinks {
			return nil, layers.ErrLinkLoop
		}
		if path.IsAbs(n.Link) {
			at = "."
		}
		rest = append(paths.Elements(n.Link), rest...)
	}
	return out, nil
}

// lookup returns one path of FAT whose parents are no symlinks. It opens a cold layer
// only for a path that neither the user's layers nor the base have, and only in the
// areas of official images.
func lookup(ctx context.Context, s *selection.State, name string) (n *layers.Node, fromBase bool, err error) {
	if n, err := s.Upper().Lookup(name); err == nil {
		return n, false, nil
	}
	if s.Upper().Hides(name) {
		return nil, false, fs.ErrNotExist
	}
	if n, err := s.Base.Tree.Lookup(name); err == nil {
		return n, true, nil
	}
	if !InOfficialArea(name) {
		return nil, false, fs.ErrNotExist
	}
	n, err = s.Stack.Lookup(ctx, name)
	return n, false, err
}

// officialAreas are the directories in which fat official images have files that slim
// ones may lack. Below /usr/local both have the runtime and nothing else.
var officialAreas = []string{"bin", "sbin", "lib", "lib64", "usr", "etc", "var"}

// InOfficialArea reports whether a fat official image may have a path that its slim one
// lacks.
func InOfficialArea(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return slices.Contains(officialAreas, first) && !strings.HasPrefix(name, "usr/local/")
}
