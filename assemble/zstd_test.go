package assemble_test

import (
	"testing"

	"github.com/google/go-containerregistry/pkg/compression"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/internal/sample"
)

// Layers in zstd have a type of their own, under a manifest that knows it.
func TestZstd(t *testing.T) {
	t.Parallel()
	for _, mediaType := range []types.MediaType{types.DockerManifestSchema2, types.OCIManifestSchema1} {
		h := newHub(t)
		h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{})
		h.push("app:fat", sample.Fat, sample.Config{MediaType: mediaType})
		rep, err := h.slim("app:fat", "app:slim", func(o *assemble.RefOptions) { o.Compression = compression.ZStd })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.slim("app:fat", "app:gzip"); err != nil {
			t.Fatal(err)
		}
		m, _ := h.manifest("app:slim")
		plain, _ := h.manifest("app:gzip")
		if m.MediaType != types.OCIManifestSchema1 {
			t.Errorf("FAT %s: the manifest is %s", mediaType, m.MediaType)
		}
		base, _ := h.manifest("library/python:3.9.2-slim-bullseye")
		for i, l := range m.Layers {
			want := types.OCILayerZStd
			if i < len(base.Layers) {
				want = types.OCILayer
			}
			if l.MediaType != want {
				t.Errorf("FAT %s: layer %d is %s", mediaType, i, l.MediaType)
			}
		}
		if len(m.Layers) != len(plain.Layers) {
			t.Errorf("%d layers in zstd, %d in gzip", len(m.Layers), len(plain.Layers))
		}
		if warned := hasWarning(rep, "media-type"); warned != (mediaType == types.DockerManifestSchema2) {
			t.Errorf("FAT %s: warned %v", mediaType, warned)
		}
		if _, err := tree(t, h.ref("app:slim")).Lookup("app/app.py"); err != nil {
			t.Error(err)
		}
	}
}
