package assemble

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/layers"
)

// layerContent opens one of an image's layers once more.
type layerContent struct {
	name string
	open func(reference.Progress) (*stream, error)
}

// resultLayers are the layers of a result, lowest first: those of the base, and what
// lies over it.
func resultLayers(fat *image, b *base, added []addition) []layerContent {
	out := imageLayers(b.image)
	for _, a := range added {
		content := layerContent{a.desc.Digest.String(), func(reference.Progress) (*stream, error) { return uncompressed(a.Compressed) }}
		for _, l := range fat.layers {
			if l.desc.Digest == a.desc.Digest {
				content.open = l.open // it may be spooled
			}
		}
		out = append(out, content)
	}
	return out
}

// imageLayers are the layers of an image.
func imageLayers(img *image) (out []layerContent) {
	for _, b := range img.layers {
		out = append(out, layerContent{fmt.Sprintf("%s of %s", b.desc.Digest, img.ref), b.open})
	}
	return out
}

// inventory lists what an image holds. For that its layers are read once more: bills
// of materials want SHA-1 sums and licences, which are not worth their price in runs
// that write none.
func (r *run) inventory(ctx context.Context, tree *layers.Tree, from []layerContent, python extract.Python) (*extract.Inventory, error) {
	r.log.Info("reading the result once more for its inventory", "layers", len(from))
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
	facts := make(map[layers.Pos]extract.Fact)
	g, running := errgroup.WithContext(ctx)
	g.SetLimit(r.opts.Jobs)
	for i, l := range from {
		if len(wanted[i]) == 0 {
			continue
		}
		g.Go(func() error {
			err := r.readFacts(running, l, wanted[i], func(entry int, f extract.Fact) {
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
	return extract.NewInventory(tree, python, func(n *layers.Node) extract.Fact { return facts[n.Pos] }), nil
}

// readFacts reads the entries of a layer that are wanted.
func (r *run) readFacts(ctx context.Context, l layerContent, wanted map[int]*layers.Entry, tell func(int, extract.Fact)) error {
	rc, err := l.open(r.opts.Session.Progress)
	if err != nil {
		return err
	}
	left := len(wanted)
	return rc.each(ctx, func(i int, e *layers.Entry, content io.Reader) error {
		want := wanted[i]
		if want == nil {
			return nil
		}
		if e.Name != want.Name || e.Size != want.Size {
			return changedContent()
		}
		sum := sha1.New()
		tee := io.TeeReader(content, sum)
		var f extract.Fact
		var err error
		if f.Told, err = extract.Tell(e.Name, tee); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, tee); err != nil {
			return err
		}
		sum.Sum(f.SHA1[:0])
		tell(i, f)
		if left--; left == 0 {
			return layers.ErrStop
		}
		return nil
	})
}

// inventoryOf lists what an image holds that stays as it is. All its layers are read.
func (r *run) inventoryOf(ctx context.Context, img *image) (*extract.Inventory, error) {
	stack, err := r.stack(ctx, img, 0, nil, true)
	if err != nil {
		return nil, err
	}
	python, err := extract.FindPython(ctx, img.config, stack)
	var none *extract.NoPythonError
	if err != nil && !errors.As(err, &none) {
		return nil, err
	}
	return r.inventory(ctx, stack.Upper, imageLayers(img), python)
}
