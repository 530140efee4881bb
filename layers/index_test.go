package layers_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

func gz(b []byte) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	w.Write(b)
	w.Close()
	return buf.Bytes()
}

func zst(b []byte) []byte {
	w, _ := zstd.NewWriter(nil)
	return w.EncodeAll(b, nil)
}

func TestDecompress(t *testing.T) {
	t.Parallel()
	tarball := lt.Tar(lt.File("a", "hello"))
	half := len(tarball) / 2
	for name, blob := range map[string][]byte{
		"plain":               tarball,
		"gzip":                gz(tarball),
		"gzip of two members": append(gz(tarball[:half]), gz(tarball[half:])...),
		"zstd":                zst(tarball),
		"zstd, skippable":     append([]byte{0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 'x'}, zst(tarball)...),
		"empty":               {},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := layers.Decompress(bytes.NewReader(blob))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			got, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			if name != "empty" && !bytes.Equal(got, tarball) {
				t.Errorf("%d bytes differ from the %d that went in", len(got), len(tarball))
			}
		})
	}
}

// A small blob must not cost hours: zstd packs zeros without bound.
func TestDecompressStopsABomb(t *testing.T) {
	t.Parallel()
	r, err := layers.Decompress(bytes.NewReader(zst(make([]byte, 256<<20))))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.Copy(io.Discard, r); err == nil || !strings.Contains(err.Error(), "expands more than") {
		t.Errorf("a bomb was read to its end: %v", err)
	}
}

func TestIndexReadsToTheEnd(t *testing.T) {
	t.Parallel()
	tarball := append(lt.Tar(lt.File("a", "hello")), "trailing bytes"...)
	r := bytes.NewReader(tarball)
	table, err := layers.Index(r, nil, layers.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if r.Len() != 0 || table.Bytes != int64(len(tarball)) {
		t.Errorf("%d bytes were left, %d counted of %d: the diff ID covers all", r.Len(), table.Bytes, len(tarball))
	}
	if table.Entries[0].Evidence != nil {
		t.Error("content was kept though no capture asked for it")
	}
}

func TestIndexCapturesApart(t *testing.T) {
	t.Parallel()
	// A capture that reads only a part must not disturb the digest.
	part := func(_ *layers.Entry, r io.Reader) ([]byte, error) {
		b := make([]byte, 2)
		_, err := io.ReadFull(r, b)
		return b, err
	}
	table, err := layers.Index(bytes.NewReader(lt.Tar(lt.File("a", "hello"))), part, layers.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if whole := lt.Table(lt.File("a", "hello")); table.Entries[0].Digest != whole.Entries[0].Digest {
		t.Error("digest depends on what was captured")
	}
	if got := string(table.Entries[0].Evidence); got != "he" {
		t.Errorf("captured %q", got)
	}
}

func TestIndexRefuses(t *testing.T) {
	t.Parallel()
	good := lt.Tar(lt.File("first", "1"), lt.File("second", "2"))
	tight := layers.Limits{Entries: 2, Bytes: 8 << 10, PathLength: 20, Depth: 3, Xattr: 10, Memory: 60}
	for _, c := range []struct {
		name, entry, cause string
		tar                []byte
	}{
		{"name above the root", "../../etc/passwd", "leaves the root", lt.Tar(lt.File("../../etc/passwd", ""))},
		{"hard link above the root", "a", "leaves the root", lt.Tar(lt.Hardlink("a", "../x"))},
		{"whiteout of nothing", ".wh.", "whiteout", lt.Tar(lt.File(".wh.", ""))},
		{"whiteout of dot", "d/.wh..", "whiteout", lt.Tar(lt.File("d/.wh..", ""))},
		{"whiteout of dot dot", ".wh...", "whiteout", lt.Tar(lt.File(".wh...", ""))},
		{"truncated in content", "first", "unexpected EOF", good[:512]},
		{"truncated in a header", "first", "unexpected EOF", good[:512+512+100]},
		{"no tar", "", "invalid tar header", []byte(strings.Repeat("garbage ", 100))},
		{"too many entries", "c", "more than 2 entries", lt.Tar(lt.File("a", ""), lt.File("b", ""), lt.File("c", ""))},
		{"too long a name", strings.Repeat("n", 21), "longer than 20", lt.Tar(lt.File(strings.Repeat("n", 21), ""))},
		{"too deep", "a/b/c/d", "deeper than 3", lt.Tar(lt.File("a/b/c/d", ""))},
		{"too long a link", "l", "link text of 21 bytes", lt.Tar(lt.Symlink("l", strings.Repeat("x", 21)))},
		{"too large an attribute", "x", "extended attribute", lt.Tar(lt.File("x", "").Xattr("user.a", strings.Repeat("v", 10)))},
		{"too many bytes", "big", "longer than 8192", lt.Tar(lt.File("big", strings.Repeat("x", 9000)))},
	} {
		t.Run(c.name, func(t *testing.T) {
			limits := tight
			if c.entry == "../../etc/passwd" {
				limits = layers.DefaultLimits()
			}
			_, err := layers.Index(bytes.NewReader(c.tar), nil, limits)
			var at *layers.EntryError
			if !errors.As(err, &at) || at.Entry != c.entry || !strings.Contains(err.Error(), c.cause) {
				t.Errorf("error %v, want one at entry %q that says %q", err, c.entry, c.cause)
			}
		})
	}
}

// A million headers of nothing and names of thousands of bytes must end in an
// error or a table, never in a crash; whatever is accepted must merge.
func FuzzIndex(f *testing.F) {
	f.Add(lt.Tar(lt.File("a", "1"), lt.Whiteout("b"), lt.Opaque("c"), lt.Hardlink("d", "a")))
	f.Add(lt.Tar(lt.Symlink("l", "../.."), lt.File("l/x", ""), lt.Dir("x"), lt.File("x", "")))
	f.Add(gz(lt.Tar(lt.File(strings.Repeat("p/", 200)+"f", "x").Xattr("user.a", "b"))))
	f.Add(zst(lt.Tar(lt.Special("dev", tar.TypeBlock))))
	f.Add([]byte("\x1f\x8bnot really"))
	f.Fuzz(func(t *testing.T, blob []byte) {
		r, err := layers.Decompress(bytes.NewReader(blob))
		if err != nil {
			return
		}
		defer r.Close()
		table, err := layers.Index(r, lt.All, layers.Limits{Entries: 1000, Bytes: 1 << 20, PathLength: 4096, Depth: 64, Xattr: 1 << 10, Memory: 1 << 20})
		if err != nil {
			return
		}
		tree := layers.NewTree()
		if tree.Apply(0, table) != nil || tree.Apply(1, table) != nil {
			return
		}
		tree.Walk(func(n *layers.Node) bool {
			// Applying a layer twice gives canonical paths that lead back to
			// their own nodes.
			if got, err := tree.Lookup(n.Path()); err != nil || got != n {
				t.Errorf("Lookup(%q) = %v, %v", n.Path(), got, err)
			}
			return true
		})
	})
}
