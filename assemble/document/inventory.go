package document

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/build"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/inventory"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// Content opens one of an image's layers for a second reading.
type Content struct {
	name string
	open func(reference.Progress) (*image.Stream, error)
}

// LayersOf are the layers of a result, lowest first: those of the base, and the added ones.
func LayersOf(fat *image.Image, b *analyze.Base, added []build.Layer) []Content {
	out := imageLayers(b.Image)
	for _, a := range added {
		content := Content{a.Descriptor.Digest.String(), func(reference.Progress) (*image.Stream, error) { return image.Uncompressed(a.Compressed) }}
		for _, l := range fat.Layers {
			if l.Descriptor.Digest == a.Descriptor.Digest {
				content.open = l.Open // it may be spooled
			}
		}
		out = append(out, content)
	}
	return out
}

// imageLayers are the layers of an image.
func imageLayers(img *image.Image) (out []Content) {
	for _, b := range img.Layers {
		out = append(out, Content{fmt.Sprintf("%s of %s", b.Descriptor.Digest, img.Ref), b.Open})
	}
	return out
}

// Inventory lists the content of an image. Its layers are read once more: bills of
// materials need SHA-1 sums and licences, which other runs do not pay for.
func Inventory(ctx context.Context, r *image.Reader, tree *layers.Tree, from []Content, runtime selection.Runtime) (*inventory.Inventory, error) {
	r.Log.Info("reading the result again for its inventory", "layers", len(from))
	wanted := make([]map[int]*layers.Entry, len(from)) // by layer and entry
	tree.Walk(func(n *layers.Node) bool {
		if n.Kind == layers.File {
			if wanted[n.Pos.Layer] == nil {
				wanted[n.Pos.Layer] = make(map[int]*layers.Entry)
			}
			wanted[n.Pos.Layer][n.Pos.Entry] = n.Entry
		}
		return true
	})
	var mu sync.Mutex
	facts := make(map[layers.Pos]inventory.FileFacts)
	g, running := errgroup.WithContext(ctx)
	g.SetLimit(r.Jobs)
	for i, l := range from {
		if len(wanted[i]) == 0 {
			continue
		}
		g.Go(func() error {
			err := readFacts(running, r, l, wanted[i], func(entry int, f inventory.FileFacts) {
				mu.Lock()
				defer mu.Unlock()
				facts[layers.Pos{Layer: i, Entry: entry}] = f
			})
			if err != nil {
				return fmt.Errorf("reading layer %s again: %w", l.name, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return extract.NewInventory(tree, runtime, func(n *layers.Node) inventory.FileFacts { return facts[n.Pos] }), nil
}

// readFacts reads the entries of a layer that are wanted.
func readFacts(ctx context.Context, r *image.Reader, l Content, wanted map[int]*layers.Entry, add func(int, inventory.FileFacts)) error {
	rc, err := l.open(r.Progress)
	if err != nil {
		return err
	}
	left := len(wanted)
	return rc.Each(ctx, func(i int, e *layers.Entry, content io.Reader) error {
		want := wanted[i]
		if want == nil {
			return nil
		}
		if e.Name != want.Name || e.Size != want.Size {
			return image.ChangedContent()
		}
		sum := sha1.New()
		tee := io.TeeReader(content, sum)
		var f inventory.FileFacts
		var err error
		if f.Metadata, err = extract.ParseMetadata(e.Name, tee); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, tee); err != nil {
			return err
		}
		sum.Sum(f.SHA1[:0])
		add(i, f)
		if left--; left == 0 {
			return layers.ErrStop
		}
		return nil
	})
}

// inventoryOfImage lists the content of an image that stays as it is. All its layers are
// read.
func inventoryOfImage(ctx context.Context, r *image.Reader, img *image.Image) (*inventory.Inventory, error) {
	stack, err := r.Stack(ctx, img, 0, nil, true)
	if err != nil {
		return nil, err
	}
	runtime, err := extract.FindRuntime(ctx, img.Config, stack)
	if err != nil && !errors.As(err, new(*ecosystem.NoRuntimeError)) {
		return nil, err
	}
	return Inventory(ctx, r, stack.Upper, imageLayers(img), runtime)
}
