package assemble_test

import (
	"errors"
	"io"
	"os"
	"slices"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/gate"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/label"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/internal/sample"
)

// sampleImages are a fat image of a program and the base for it.
func sampleImages(t *testing.T) (fat, base v1.Image) {
	t.Helper()
	fat, err := made(sample.Fat, sample.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if base, err = made(sample.Base, sample.Config{}); err != nil {
		t.Fatal(err)
	}
	return fat, base
}

// An image of a program gives the layers that its reference gives. They can be read
// after the call, wherever they were kept, and those of the base are the base's own.
func TestSlimImage(t *testing.T) {
	t.Parallel()
	h := lab(t)
	rep, err := h.slim("app:fat", "app:slim")
	if err != nil {
		t.Fatal(err)
	}
	var want []v1.Hash
	for _, l := range rep.Platforms[0].Layers {
		want = append(want, l.Digest)
	}
	fat, base := sampleImages(t)
	dir := t.TempDir()
	for _, kept := range []string{"", dir} {
		slim, rep, err := assemble.Slim(t.Context(), fat, base, assemble.Options{Dir: kept})
		if err != nil {
			t.Fatal(err)
		}
		if digest, err := slim.Digest(); err != nil || rep.Result.Digest != digest || rep.Unchanged {
			t.Errorf("report on %s, unchanged %v; the image is %s, %v", rep.Result.Digest, rep.Unchanged, digest, err)
		}
		m, err := slim.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		var got []v1.Hash
		for _, l := range m.Layers {
			got = append(got, l.Digest)
		}
		if !slices.Equal(got, want) {
			t.Errorf("layers %v, want %v", got, want)
		}
		if name, ok := m.Annotations[label.BaseName]; ok {
			t.Errorf("its base has the name %q", name)
		}
		if err := validate.Image(slim); err != nil {
			t.Error(err)
		}
		below, err := base.Layers()
		if err != nil {
			t.Fatal(err)
		}
		layers, err := slim.Layers()
		if err != nil || layers[0] != below[0] {
			t.Errorf("the base's layer is another one: %v", err)
		}

		again, rep, err := assemble.Slim(t.Context(), slim, base, assemble.Options{})
		if err != nil || again != slim || !rep.Unchanged {
			t.Errorf("a slim image is changed: %v", err)
		}
	}
	written := 0
	for _, l := range rep.Platforms[0].Layers {
		if l.From != "base" && l.From != "reused" {
			written++
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != written {
		t.Errorf("%d files for %d new layers, %v", len(left), written, err)
	}
}

// forged is an image whose last layer has other content than its digest says.
type forged struct{ v1.Image }

func (f forged) Layers() ([]v1.Layer, error) {
	layers, err := f.Image.Layers()
	if err != nil {
		return nil, err
	}
	last := len(layers) - 1
	layers = slices.Clone(layers)
	layers[last] = forgedLayer{layers[last], layers[0]}
	return layers, nil
}

type forgedLayer struct {
	v1.Layer
	other v1.Layer
}

func (l forgedLayer) Compressed() (io.ReadCloser, error) { return l.other.Compressed() }

func TestSlimImageFails(t *testing.T) {
	t.Parallel()
	fat, base := sampleImages(t)
	other, err := made(sample.Base, sample.Config{Version: "3.10.1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		fat, base v1.Image
		opts      assemble.Options
		want      any
	}{
		"another version": {fat, other, assemble.Options{}, new(*official.MismatchError)},
		"a gate":          {fat, base, assemble.Options{Gates: gate.Limits{MaxSize: 1}}, new(*gate.Error)},
		"forged content":  {forged{fat}, base, assemble.Options{}, new(*reference.CorruptError)},
		"compression":     {fat, base, assemble.Options{Compression: "estargz"}, new(*reference.OptionError)},
		"no directory":    {fat, base, assemble.Options{Dir: "/nonexistent"}, new(*image.SpoolError)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img, rep, err := assemble.Slim(t.Context(), c.fat, c.base, c.opts)
			if img != nil || !errors.As(err, c.want) {
				t.Errorf("image %v, error %v", img, err)
			}
			var held *gate.Error
			if errors.As(err, &held) && (rep == nil || rep.NotWritten == "") {
				t.Errorf("no report on what does not pass: %v", rep)
			}
		})
	}
}
