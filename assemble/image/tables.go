package image

import (
	"log/slog"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/internal/tablecache"
	"github.com/slimify/slimify/layers"
)

// tables are the tables of layers that a run has read, and those that earlier runs kept on
// disk. It is safe for concurrent use.
type tables struct {
	disk *tablecache.Cache // nil if no table is kept
	log  *slog.Logger

	mu   sync.Mutex
	read map[v1.Hash]known

	writing sync.WaitGroup
	turn    sync.Mutex // one is written at a time: that takes memory
}

// known is a layer's table with the diff ID that was verified.
type known struct {
	diffID v1.Hash
	table  *layers.Table
}

func newTables(dir string, log *slog.Logger) *tables {
	t := &tables{log: log, read: make(map[v1.Hash]known)}
	if dir != "" {
		t.disk = tablecache.Open(dir, evidence.Version, tablecache.DefaultLimit)
	}
	return t
}

// get returns the table of a layer, or nil if it was not read.
func (t *tables) get(b *Layer) *layers.Table {
	t.mu.Lock()
	k, ok := t.read[b.Descriptor.Digest]
	t.mu.Unlock()
	if !ok && t.disk != nil {
		if table := t.disk.Get(b.Descriptor.Digest, b.DiffID); table != nil {
			t.remember(b, table)
			return table
		}
	}
	if k.diffID != b.DiffID {
		return nil // the config is wrong: reading the layer returns the error
	}
	return k.table
}

// remember keeps a table for the rest of the run.
func (t *tables) remember(b *Layer, table *layers.Table) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.read[b.Descriptor.Digest] = known{b.DiffID, table}
}

// put remembers a layer that was read and verified. Its table is written to disk in the
// background; a failure does not fail the run.
func (t *tables) put(b *Layer) {
	table := b.Table
	t.remember(b, table)
	if t.disk == nil {
		return
	}
	t.writing.Go(func() {
		t.turn.Lock()
		defer t.turn.Unlock()
		if err := t.disk.Put(b.Descriptor.Digest, b.DiffID, table); err != nil {
			t.log.Debug("table of a layer was not cached", "cause", err)
		}
	})
}

// wait waits until all tables are written.
func (t *tables) wait() { t.writing.Wait() }
