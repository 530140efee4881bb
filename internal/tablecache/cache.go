// Package tablecache keeps the tables of contents of layers on disk by the digests
// of their blobs, so that a layer need not be read again for its table.
//
// A file that cannot be read or is damaged is a miss. Several processes may
// share a directory.
package tablecache

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/zstd"

	"github.com/slimify/slimify/layers"
)

const (
	// format is the version of the file format.
	format = 1
	// DefaultLimit bounds the cache in bytes: the tables of a few hundred
	// images.
	DefaultLimit = 512 << 20
	// maxTable bounds one decoded table in bytes.
	maxTable = 512 << 20
	// tempPrefix begins the names of incomplete files.
	tempPrefix = "tmp-"
	// tempAge is the age at which an incomplete file belongs to a dead process.
	tempAge = time.Hour
	// window is the compressor's window in bytes: allocating a larger one takes more
	// time than it saves.
	window = 256 << 10
)

// Cache is a directory of tables.
type Cache struct {
	dir      string
	evidence int // version of the evidence
	limit    int64
}

// Open returns the cache in a directory, which the first Put creates. evidence
// is the version of the evidence in tables; files of other versions are misses.
// limit bounds the total size of the files, in bytes.
func Open(dir string, evidence int, limit int64) *Cache {
	return &Cache{dir: filepath.Join(dir, "layers"), evidence: evidence, limit: limit}
}

func (c *Cache) path(blob v1.Hash) string { return filepath.Join(c.dir, blob.Algorithm+"-"+blob.Hex) }

// head is the start of a file: its format and the layer's digests.
func (c *Cache) head(blob, diffID v1.Hash) string {
	return fmt.Sprintf("slimify table %d, evidence %d\nblob %s\ndiff ID %s\n", format, c.evidence, blob, diffID)
}

// Get returns the table of the layer with that blob and diff ID, or nil.
func (c *Cache) Get(blob, diffID v1.Hash) *layers.Table {
	name := c.path(blob)
	data, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	table, err := c.open(data, blob, diffID)
	if err != nil {
		return nil // the next Put replaces it
	}
	now := time.Now()
	_ = os.Chtimes(name, now, now) // a failure only affects the order of eviction
	return table
}

// open reads a file of the cache.
func (c *Cache) open(data []byte, blob, diffID v1.Hash) (*layers.Table, error) {
	rest, ok := bytes.CutPrefix(data, []byte(c.head(blob, diffID)))
	if !ok || len(rest) < sha256.Size {
		return nil, fmt.Errorf("%w: another layer or version", errDamaged)
	}
	sum, packed := rest[:sha256.Size], rest[sha256.Size:]
	if got := sha256.Sum256(packed); !bytes.Equal(got[:], sum) {
		return nil, fmt.Errorf("%w: checksum", errDamaged)
	}
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxTable))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	plain, err := z.DecodeAll(packed, nil)
	if err != nil {
		return nil, err
	}
	return decode(plain)
}

// Put stores the table of a layer, whose digest and diff ID must be verified.
// It evicts the least recently used tables.
func (c *Cache) Put(blob, diffID v1.Hash, t *layers.Table) error {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(window))
	if err != nil {
		return err
	}
	packed := z.EncodeAll(encode(t), nil)
	sum := sha256.Sum256(packed)
	data := slices.Concat([]byte(c.head(blob, diffID)), sum[:], packed)
	if int64(len(data)) > c.limit {
		return nil
	}
	f, err := os.CreateTemp(c.dir, tempPrefix)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), c.path(blob))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return c.evict()
}

// evict removes the least recently used files until the rest is within the limit,
// and the incomplete files of dead processes.
func (c *Cache) evict() error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	var files []fs.FileInfo
	var total int64
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue // another process removed it
		}
		if strings.HasPrefix(e.Name(), tempPrefix) {
			if time.Since(info.ModTime()) > tempAge {
				_ = os.Remove(filepath.Join(c.dir, e.Name())) // another process may have removed it
			}
			continue
		}
		files, total = append(files, info), total+info.Size()
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	for _, f := range files {
		if total <= c.limit {
			return nil
		}
		if err := os.Remove(filepath.Join(c.dir, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		total -= f.Size()
	}
	return nil
}
