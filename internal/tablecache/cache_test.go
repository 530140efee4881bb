package tablecache

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

func hash(s string) v1.Hash {
	h, _, _ := v1.SHA256(strings.NewReader(s))
	return h
}

// sample is a table with all kinds of entries, some with evidence.
func sample(more ...lt.Entry) *layers.Table {
	t := lt.Table(append([]lt.Entry{
		lt.Dir("usr").Chown(7, 8), lt.File("usr/a", "content").MTime(5), lt.File("usr/empty", ""), lt.Script("usr/b", "x").Chmod(0o4755),
		lt.Symlink("usr/l", "../a"), lt.Hardlink("usr/h", "usr/a"), lt.Whiteout("usr/gone"), lt.Opaque("opt"),
		lt.File("usr/cap", "x").Xattr("security.capability", "\x00\x01").Xattr("user.z", "1"),
	}, more...)...)
	t.Entries[3].Evidence = nil
	t.Entries[1].ModTime = -1
	return t
}

func TestCache(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := Open(dir, 1, DefaultLimit)
	want := sample()
	if got := c.Get(hash("blob"), hash("diff")); got != nil {
		t.Fatal("an empty cache knows a table")
	}
	if err := c.Put(hash("blob"), hash("diff"), want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, c.Get(hash("blob"), hash("diff"))); diff != "" {
		t.Errorf("another table came back (-put +got):\n%s", diff)
	}
	for name, got := range map[string]*layers.Table{
		"another diff ID":  c.Get(hash("blob"), hash("other")),
		"another blob":     c.Get(hash("other"), hash("diff")),
		"another evidence": Open(dir, 2, DefaultLimit).Get(hash("blob"), hash("diff")),
	} {
		if got != nil {
			t.Errorf("%s: not a miss", name)
		}
	}
}

// A file with any byte changed, or truncated anywhere, is a miss, and the next Put
// replaces it.
func TestDamage(t *testing.T) {
	t.Parallel()
	c := Open(t.TempDir(), 1, DefaultLimit)
	if err := c.Put(hash("blob"), hash("diff"), sample()); err != nil {
		t.Fatal(err)
	}
	name := c.path(hash("blob"))
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		for _, data := range [][]byte{bad, good[:i]} {
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
			if c.Get(hash("blob"), hash("diff")) != nil {
				t.Fatalf("damage at byte %d of %d was not seen", i, len(good))
			}
		}
	}
	if err := c.Put(hash("blob"), hash("diff"), sample()); err != nil || c.Get(hash("blob"), hash("diff")) == nil {
		t.Errorf("not mended: %v", err)
	}
}

func TestEviction(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := Open(dir, 1, DefaultLimit)
	if err := c.Put(hash("0"), hash("d"), sample()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(c.path(hash("0")))
	if err != nil {
		t.Fatal(err)
	}
	c = Open(dir, 1, 4*info.Size())
	dead := filepath.Join(dir, "layers", tempPrefix+"dead")
	if err := os.WriteFile(dead, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * tempAge)
	if err := os.Chtimes(dead, old, old); err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		// Times of files are coarse.
		past := time.Now().Add(time.Duration(i-100) * time.Second)
		if err := os.Chtimes(c.path(hash(fmt.Sprint(i))), past, past); err != nil {
			t.Fatal(err)
		}
		if c.Get(hash("0"), hash("d")) == nil {
			t.Fatalf("what is used most was evicted, after %d", i)
		}
		if err := c.Put(hash(fmt.Sprint(i+1)), hash("d"), sample()); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(filepath.Join(dir, "layers"))
	if err != nil || len(files) > 4 {
		t.Errorf("%d files are left: %v", len(files), err)
	}
	if _, err := os.Stat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Error("a dead process's file was left")
	}
}

func TestConcurrent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c := Open(dir, 1, 2000)
			for i := range 20 {
				blob := hash(fmt.Sprint(i % 5))
				if got := c.Get(blob, hash("d")); got != nil && len(got.Entries) != len(sample().Entries) {
					t.Error("half a table")
				}
				if err := c.Put(blob, hash("d"), sample()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestUnwritable(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := Open(file, 1, DefaultLimit)
	if c.Get(hash("b"), hash("d")) != nil {
		t.Error("a table from nowhere")
	}
	if c.Put(hash("b"), hash("d"), sample()) == nil {
		t.Error("Put returned no error")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(sample()))
	f.Add([]byte{1, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := decode(data)
		if err != nil {
			return
		}
		again, err := decode(encode(table))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(table, again); diff != "" {
			t.Error(diff)
		}
	})
}

func BenchmarkGet(b *testing.B) {
	c := Open(b.TempDir(), 1, DefaultLimit)
	var entries []lt.Entry
	for i := range 10_000 {
		entries = append(entries, lt.File(fmt.Sprintf("usr/share/some/long/directory/name/%d/file", i), "x"))
	}
	if err := c.Put(hash("b"), hash("d"), lt.Table(entries...)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if c.Get(hash("b"), hash("d")) == nil {
			b.Fatal("miss")
		}
	}
}
