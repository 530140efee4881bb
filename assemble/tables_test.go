package assemble_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/internal/sample"
)

// What layers hold is read once on a machine: afterwards only those are read of
// which content must be written, and the result is the same.
func TestCache(t *testing.T) {
	t.Parallel()
	h := lab(t)
	dir := t.TempDir()
	cached := func(o *assemble.RefOptions) { o.CacheDir = dir }
	without, err := h.slim("app:fat", "app:without")
	if err != nil {
		t.Fatal(err)
	}
	first, err := h.slim("app:fat", "app:first", cached)
	if err != nil {
		t.Fatal(err)
	}
	h.forget()
	second, err := h.slim("app:fat", "app:second", cached)
	if err != nil {
		t.Fatal(err)
	}
	if without.Result.Digest != first.Result.Digest || first.Result.Digest != second.Result.Digest {
		t.Errorf("digests differ: %s without a cache, %s with an empty one, %s with a full one", without.Result.Digest, first.Result.Digest, second.Result.Digest)
	}
	base, _ := h.manifest("library/python:3.9.2-slim-bullseye")
	for _, l := range base.Layers {
		if got := h.seen("^GET .*/blobs/" + l.Digest.String() + "$"); len(got) > 0 {
			t.Errorf("a layer of the base was read again: %v", got)
		}
	}

	// Damage costs a reading and nothing else.
	files, err := filepath.Glob(filepath.Join(dir, "layers", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in the cache: %v", err)
	}
	for _, f := range files {
		if err := os.Truncate(f, 100); err != nil {
			t.Fatal(err)
		}
	}
	third, err := h.slim("app:fat", "app:third", cached)
	if err != nil {
		t.Fatal(err)
	}
	if third.Result.Digest != first.Result.Digest {
		t.Errorf("after damage the digest is %s", third.Result.Digest)
	}
	fat, _ := h.manifest("app:fat")
	workdir := fat.Layers[7].Size // it holds a directory: no content
	if got, want := third.Network.Downloaded-second.Network.Downloaded, workdir+h.layerBytes("library/python:3.9.2-slim-bullseye"); got != want {
		t.Errorf("a full cache saves %d bytes of downloads, want %d: the base's layers, and FAT's without content", got, want)
	}
}

// A plan reads layers to see what they hold: with a full cache, none.
func TestCacheOfAPlan(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{})
	h.push("app:fat", sample.Native, sample.Config{})
	opts := assemble.PlanOptions{Access: image.Access{CacheDir: t.TempDir()}, Choices: analyze.Choices{Base: h.ref("library/python")}}
	for range 2 {
		h.forget()
		if _, err := assemble.Plan(t.Context(), h.ref("app:fat"), opts); err != nil {
			t.Fatal(err)
		}
		opts.Session.Counter = nil
	}
	m, _ := h.manifest("app:fat")
	for _, l := range m.Layers {
		if got := h.seen("^GET .*/blobs/" + l.Digest.String() + "$"); len(got) > 0 {
			t.Errorf("a layer was read again: %v", got)
		}
	}
}

// Without a place to keep anything all goes on.
func TestCacheNowhere(t *testing.T) {
	t.Parallel()
	h := lab(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.slim("app:fat", "app:slim", func(o *assemble.RefOptions) { o.CacheDir = file }); err != nil {
		t.Error(err)
	}
}
