package assemble

import (
	"context"
	"io"
	"log/slog"
	"runtime"
	"slices"

	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/layers"
)

// DefaultBase is the repository in which the slim base is looked for.
const DefaultBase = "docker.io/library/python"

// Options are what a run may be told. The zero value works.
type Options struct {
	// Session says how registries and files are reached. Its TempDir is also
	// where layers are spooled.
	Session reference.Options
	// Base is the slim image, or without a tag the repository in which its tag
	// is chosen by the image's evidence; nil means [DefaultBase].
	Base reference.Ref
	// FatBase is the official image that the source was built on, where its history
	// does not tell; nil means none is known.
	FatBase reference.Ref
	// Platforms limits an index to these; empty means all.
	Platforms []v1.Platform
	// Select is what the user says of the selection.
	Select extract.Options
	// Strict makes undecided items an error: nothing is written.
	Strict bool
	// Gates are limits of size; nothing is written if the result exceeds them.
	Gates Gates
	// Tags are more destinations for the same image.
	Tags []reference.Ref
	// Documents are made of each platform of the result, for [PlatformReport].
	Documents []report.Document
	// Attach are documents that become referrers of each platform of the result, in
	// every destination, which must be registries or OCI layouts.
	Attach []report.Document
	// Freeze asks for [Report.Frozen].
	Freeze bool
	// DryRun does everything but write the result.
	DryRun bool
	// Compression of the layers that are written: gzip, which "" means too, or zstd.
	Compression compression.Compression
	// CopyIfLarger writes the source unchanged, instead of failing, when the
	// result would be larger.
	CopyIfLarger bool
	// Details asks for the whole report where the destination is up to date, too:
	// all is done again but the push.
	Details bool
	// Picture asks for [PlatformReport.Picture], and thereby for Details. Layers of
	// the image's own base are read for it; the result is the same.
	Picture bool
	// CacheDir is where tables of contents of layers are kept between runs; "" means
	// nowhere.
	CacheDir string
	// Jobs is how many layers are read at once; 0 means the number of CPUs.
	Jobs int
	// Eager reads all layers of the image's own base before anything is decided.
	// The result is the same, which tests use it to show.
	Eager bool
	// Log gets a record for each step (Info) and for decisions (Debug); nil
	// means nobody listens.
	Log *slog.Logger
}

func (o *Options) setDefaults() {
	if o.Base.IsZero() {
		o.Base, _ = reference.Parse(DefaultBase)
	}
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Session.Counter == nil {
		o.Session.Counter = new(reference.Counter)
	}
}

// documents reports whether somebody wants to read of the result: that needs the
// analysis even where there is nothing to write.
func (o *Options) documents() bool {
	return o.Details || o.Picture || o.Freeze || len(o.Documents)+len(o.Attach) > 0
}

// inventory reports whether a document is wanted that lists what the result holds.
func (o *Options) inventory() bool {
	return slices.ContainsFunc(slices.Concat(o.Documents, o.Attach), listsContent)
}

// run is what one call of [Slim], [Plan], [Explain] or [Compare] shares.
type run struct {
	opts    Options
	log     *slog.Logger
	session *reference.Session
	spool   *spool
	capture layers.Capture
	opened  map[reference.Ref]*source
	tables  *tables
	version func() string
}

func newRun(opts Options) (*run, error) {
	opts.setDefaults()
	if err := opts.checkCompression(); err != nil {
		return nil, err
	}
	sp, err := newSpool(opts.Session.TempDir)
	if err != nil {
		return nil, err
	}
	opts.Session.TempDir = sp.dir
	session, err := reference.NewSession(opts.Session)
	if err != nil {
		return nil, closeAll(err, sp)
	}
	return &run{
		opts: opts, log: opts.Log, session: session, spool: sp, tables: newTables(opts.CacheDir, opts.Log),
		capture: (&extract.Capturer{Scratch: sp.scratch}).Capture, opened: make(map[reference.Ref]*source),
		version: programVersion,
	}, nil
}

// Close closes what the run opened and removes its temporary files.
func (r *run) Close() error {
	r.tables.wait()
	var err error
	for _, s := range r.opened {
		err = closeAll(err, s)
	}
	return closeAll(closeAll(err, r.session), r.spool)
}

// closeAll closes c and returns the first error.
func closeAll(err error, c io.Closer) error {
	if cerr := c.Close(); err == nil {
		return cerr
	}
	return err
}

// open opens an image, once in a run; the run closes it.
func (r *run) open(ctx context.Context, ref reference.Ref) (*source, error) {
	if s := r.opened[ref]; s != nil {
		return s, nil
	}
	defer r.step("opening", ref)()
	src, err := r.session.Open(ctx, ref)
	if err != nil {
		return nil, err
	}
	s := &source{Source: src}
	if s.children, err = src.Children(); err != nil {
		return nil, closeAll(reference.Explain(ref, err), src)
	}
	r.opened[ref] = s
	return s, nil
}
