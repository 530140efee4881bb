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
func resultLayers(fat *image, b *Base, added []addition) []layerContent {
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

// readInventory lists what an image holds. For that its layers are read once more: bills
// of materials want SHA-1 sums and licences, which are not worth their price in runs
// that write none.
func readInventory(ctx context.Context, r *Reader, tree *layers.Tree, from []layerContent, python extract.Runtime) (*extract.Inventory, error) {
	r.Log.Info("reading the result once more for its inventory", "layers", len(from))
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
	facts := make(map[layers.Pos]extract.FileFacts)
	g, running := errgroup.WithContext(ctx)
	g.SetLimit(r.Jobs)
	for i, l := range from {
		if len(wanted[i]) == 0 {
			continue
		}
		g.Go(func() error {
			err := readFacts(running, r, l, wanted[i], func(entry int, f extract.FileFacts) {
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
	return extract.NewInventory(tree, python, func(n *layers.Node) extract.FileFacts { return facts[n.Pos] }), nil
}

// readFacts reads the entries of a layer that are wanted.
func readFacts(ctx context.Context, r *Reader, l layerContent, wanted map[int]*layers.Entry, tell func(int, extract.FileFacts)) error {
	rc, err := l.open(r.Progress)
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
		var f extract.FileFacts
		var err error
		if f.Metadata, err = extract.ParseMetadata(e.Name, tee); err != nil {
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

// inventoryOfImage lists what an image holds that stays as it is. All its layers are read.
func inventoryOfImage(ctx context.Context, r *Reader, img *image) (*extract.Inventory, error) {
	stack, err := r.stack(ctx, img, 0, nil, true)
	if err != nil {
		return nil, err
	}
	python, err := extract.FindRuntime(ctx, img.config, stack)
	var none *extract.NoPythonError
	if err != nil && !errors.As(err, &none) {
		return nil, err
	}
	return readInventory(ctx, r, stack.Upper, imageLayers(img), python)
}
