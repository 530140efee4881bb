package check

import (
	"context"
	"errors"
	"io/fs"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// Image is an image to check or to compare with. Cold layers of its stack are read
// when a problem requires it.
type Image struct {
	Config *v1.Config
	Stack  *layers.Stack
	// Dropped reports whether the user dropped a node, which then counts as missing. Nil
	// means that nothing was dropped.
	Dropped func(*layers.Node) bool
}

// MergedImage is an image of which all layers are merged.
func MergedImage(config *v1.Config, tree *layers.Tree) *Image {
	return &Image{Config: config, Stack: &layers.Stack{Upper: tree}}
}

// NotFound reports whether an error says that a path leads nowhere.
func NotFound(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, layers.ErrLinkLoop)
}

// Executable reports whether a node is a file with a permission to execute it.
func Executable(n *layers.Node) bool { return n.Kind == layers.File && n.Mode&0o111 != 0 }

// Any accepts all nodes, for [Image.Find].
func Any(*layers.Node) bool { return true }

// has reports whether a node of the image exists for the user. A directory without a
// tar header exists if something is in it.
func (img *Image) has(n *layers.Node) bool {
	return (!n.Implied || len(n.Children()) > 0) && !img.IsDropped(n)
}

// IsDropped reports whether the user dropped a node.
func (img *Image) IsDropped(n *layers.Node) bool { return img.Dropped != nil && img.Dropped(n) }

// Find follows paths in turn and returns the first node that accept takes; nil if there
// is none.
func (img *Image) Find(ctx context.Context, names []string, accept func(*layers.Node) bool) (*layers.Node, error) {
	var found *layers.Node
	_, err := img.Stack.Find(ctx, names, func(n *layers.Node) bool {
		if !img.has(n) || !accept(n) {
			return false
		}
		found = n
		return true
	})
	if NotFound(err) {
		return nil, nil
	}
	return found, err
}

// FindMerged is [Image.Find] in the layers that are merged already: it reads none.
func (img *Image) FindMerged(names []string, accept func(*layers.Node) bool) *layers.Node {
	for _, name := range names {
		if n, err := img.Stack.Upper.Resolve(name); err == nil && img.has(n) && accept(n) {
			return n
		}
	}
	return nil
}

// HasProgram reports whether one of several paths leads to an executable file.
func (img *Image) HasProgram(ctx context.Context, names []string) (bool, error) {
	n, err := img.Find(ctx, names, Executable)
	return n != nil, err
}

// Started returns the files that the image's configuration starts.
func (in *Input) Started() map[*layers.Node]bool {
	out := make(map[*layers.Node]bool)
	for _, c := range imageconfig.Commands(in.Config) {
		program, ok := c.Program()
		if !ok || !c.Sure {
			continue
		}
		for _, place := range imageconfig.ProgramPaths(in.Config, program) {
			if n, err := in.Tree().Resolve(place); err == nil && Executable(n) {
				out[n] = true
				break
			}
		}
	}
	return out
}
