package layers_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// manyFiles is a layer of packages: 2,000 files of 10 KB that gzip makes about
// three times smaller.
func manyFiles() []byte {
	rng := rand.New(rand.NewPCG(1, 1))
	var entries []lt.Entry
	for i := range 2000 {
		var text bytes.Buffer
		for text.Len() < 10_000 {
			fmt.Fprintf(&text, "    value_%x = compute(self, %d)\n", rng.Uint64(), i)
		}
		entries = append(entries, lt.File(fmt.Sprintf("usr/local/lib/python3.9/site-packages/p%d/module%d.py", i/100, i), text.String()))
	}
	return lt.Tar(entries...)
}

// BenchmarkIndex reads a layer's blob as the first pass does, beside what
// decompressing it alone takes.
func BenchmarkIndex(b *testing.B) {
	tarball := manyFiles()
	var blob bytes.Buffer
	w := gzip.NewWriter(&blob)
	w.Write(tarball)
	w.Close()
	for _, way := range []struct {
		name string
		read func(io.Reader) error
	}{
		{"index", func(r io.Reader) error {
			plain, err := layers.Decompress(r)
			if err != nil {
				return err
			}
			defer plain.Close()
			_, err = layers.Index(plain, nil, layers.DefaultLimits())
			return err
		}},
		{"gunzip", func(r io.Reader) error {
			z, err := gzip.NewReader(r)
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, z)
			return err
		}},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.SetBytes(int64(len(tarball)))
			b.ReportAllocs()
			for b.Loop() {
				if err := way.read(bytes.NewReader(blob.Bytes())); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
