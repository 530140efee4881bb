package assemble_test

import (
	"archive/tar"
	"bytes"
	stdlib "compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// BenchmarkWrite writes a layer of machine code and source, hashed on both sides
// of the compressor as Slim does it, by the compressors and levels that there
// are to choose from. "packed" is the blob's part of the layer.
func BenchmarkWrite(b *testing.B) {
	files := written(b)
	type compressor struct {
		name string
		open func(io.Writer) (io.WriteCloser, error)
	}
	list := []compressor{{"standard gzip 6", func(w io.Writer) (io.WriteCloser, error) { return stdlib.NewWriterLevel(w, 6) }}}
	for _, level := range []int{1, 2, 3, 4, 5, 6, 7, 9} {
		list = append(list, compressor{fmt.Sprintf("gzip %d", level), func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, level) }})
	}
	for _, level := range []zstd.EncoderLevel{zstd.SpeedFastest, zstd.SpeedDefault, zstd.SpeedBetterCompression} {
		list = append(list, compressor{"zstd " + level.String(), func(w io.Writer) (io.WriteCloser, error) {
			return zstd.NewWriter(w, zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1))
		}})
	}
	for _, c := range list {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				plain, packed := &tally{}, &tally{}
				diff := sha256.New()
				z, err := c.open(io.MultiWriter(packed, sha256.New()))
				if err != nil {
					b.Fatal(err)
				}
				w := tar.NewWriter(io.MultiWriter(z, diff, plain))
				for i, content := range files {
					h := &tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprintf("app/file%d", i), Mode: 0o644, Size: int64(len(content))}
					if err := w.WriteHeader(h); err != nil {
						b.Fatal(err)
					}
					if _, err := w.Write(content); err != nil {
						b.Fatal(err)
					}
				}
				for _, closer := range []io.Closer{w, z} {
					if err := closer.Close(); err != nil {
						b.Fatal(err)
					}
				}
				b.SetBytes(plain.n)
				b.ReportMetric(float64(packed.n)/float64(plain.n), "packed")
			}
		})
	}
}

type tally struct{ n int64 }

func (t *tally) Write(p []byte) (int, error) { t.n += int64(len(p)); return len(p), nil }

// written is what the layer holds: machine code of this very program, and the
// repository's sources.
func written(b *testing.B) (files [][]byte) {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	code, err := os.ReadFile(self)
	if err != nil {
		b.Fatal(err)
	}
	for chunk := range 16 {
		const size = 512 << 10
		if from := chunk * size; from+size <= len(code) {
			files = append(files, bytes.Clone(code[from:from+size]))
		}
	}
	sources, err := filepath.Glob("../*/*.go")
	if err != nil || len(sources) == 0 {
		b.Fatal("no sources", err)
	}
	for _, name := range sources {
		content, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		files = append(files, content)
	}
	return files
}
