package image

import (
	"context"
	"log/slog"
	"runtime"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/internal/cleanup"
	"github.com/slimify/slimify/layers"
)

// Access says how images are reached and read. The zero value works.
type Access struct {
	// Session says how registries and files are reached. Its TempDir is also
	// where layers are spooled.
	Session reference.Options
	// CacheDir keeps the tables of contents of layers between runs; "" keeps none.
	CacheDir string
	// Jobs is how many layers are read at once; 0 means the number of CPUs.
	Jobs int
	// Eager reads all layers of the original base image before anything is decided.
	// The result is the same; tests prove it with this option.
	Eager bool
	// Log gets a record for each step (Info) and for decisions (Debug); nil
	// discards them.
	Log *slog.Logger
}

// Reader opens images and reads each of their layers once. A run shares one.
type Reader struct {
	Session  *reference.Session
	Counter  *reference.Counter
	Progress reference.Progress // nil if nobody listens
	Log      *slog.Logger
	Spool    *Spool
	Jobs     int // layers read at once
	// Capture keeps what package extract wants to know of each file that is read.
	Capture layers.Capture

	eager  bool
	opened map[reference.Ref]*Source
	tables *tables
}

// NewReader makes a directory for temporary files, which Close removes. An error is a
// [*SpoolError] or a [*reference.OptionError].
func NewReader(how Access) (*Reader, error) {
	if how.Jobs <= 0 {
		how.Jobs = runtime.GOMAXPROCS(0)
	}
	if how.Log == nil {
		how.Log = slog.New(slog.DiscardHandler)
	}
	if how.Session.Counter == nil {
		how.Session.Counter = new(reference.Counter)
	}
	sp, err := NewSpool(how.Session.TempDir)
	if err != nil {
		return nil, err
	}
	how.Session.TempDir = sp.Dir
	session, err := reference.NewSession(how.Session)
	if err != nil {
		return nil, cleanup.Close(err, sp)
	}
	return &Reader{
		Session: session, Counter: how.Session.Counter, Progress: how.Session.Progress, Log: how.Log, Spool: sp, Jobs: how.Jobs,
		Capture: extract.NewCapturer(sp.Scratch).Capture,
		eager:   how.Eager, opened: make(map[reference.Ref]*Source), tables: newTables(how.CacheDir, how.Log),
	}, nil
}

// Close closes what the reader opened and removes its temporary files.
func (r *Reader) Close() error {
	r.tables.wait()
	var err error
	for _, s := range r.opened {
		err = cleanup.Close(err, s)
	}
	return cleanup.Close(cleanup.Close(err, r.Session), r.Spool)
}

// Open opens an image, once per reader, which closes it.
func (r *Reader) Open(ctx context.Context, ref reference.Ref) (*Source, error) {
	if s := r.opened[ref]; s != nil {
		return s, nil
	}
	defer r.Step("opening", ref)()
	src, err := r.Session.Open(ctx, ref)
	if err != nil {
		return nil, err
	}
	s, err := newSource(src)
	if err != nil {
		return nil, cleanup.Close(err, src)
	}
	r.opened[ref] = s
	return s, nil
}

// Add registers an image that the program holds: Open returns it for its reference.
func (r *Reader) Add(src *reference.Source) error {
	s, err := newSource(src)
	if err != nil {
		return err
	}
	r.opened[src.Ref] = s
	return nil
}

// newSource lists what an opened image holds.
func newSource(src *reference.Source) (*Source, error) {
	children, err := src.Children()
	if err != nil {
		return nil, reference.Explain(src.Ref, err)
	}
	return &Source{src, children}, nil
}
