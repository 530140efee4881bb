package assemble

import (
	"slices"

	"github.com/google/go-containerregistry/pkg/compression"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/build"
	"github.com/slimify/slimify/assemble/document"
	"github.com/slimify/slimify/assemble/gate"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// RefOptions are those of [SlimRef]. The zero value works.
type RefOptions struct {
	image.Access
	analyze.Choices
	// Strict makes undecided items an error: nothing is written.
	Strict bool
	// Gates are limits of size; nothing is written if the result exceeds them.
	Gates gate.Limits
	// Tags are more destinations for the same image.
	Tags []reference.Ref
	// Documents are made for each platform of the result, see [report.Platform].
	Documents []report.Document
	// Attach are documents that become referrers of each platform of the result, in
	// every destination, which must be registries or OCI layouts.
	Attach []report.Document
	// Freeze asks for [report.Report.Frozen].
	Freeze bool
	// DryRun does everything but write the result.
	DryRun bool
	// Compression of the layers that are written: gzip, which "" means too, or zstd.
	Compression compression.Compression
	// CopyIfLarger writes the source unchanged, instead of failing, when the
	// result would be larger.
	CopyIfLarger bool
	// Details asks for the whole report where the destination is up to date, too:
	// everything is done again but the push.
	Details bool
	// Picture asks for [report.Platform.Picture], and implies Details. Layers of
	// the original base image are read for it; the result is the same.
	Picture bool
}

// check refuses options that cannot be met, before any work is done.
func (o *RefOptions) check(dsts []reference.Ref) error {
	if err := build.CheckCompression(o.Compression); err != nil {
		return err
	}
	return document.CheckDestinations(o.Attach, dsts)
}

// describes reports whether documents or details about the result are wanted: they need
// the analysis even where there is nothing to write.
func (o *RefOptions) describes() bool {
	return o.Details || o.Picture || o.Freeze || len(o.Documents)+len(o.Attach) > 0
}

// inventory reports whether a document is wanted that lists the result's content.
func (o *RefOptions) inventory() bool {
	return document.NeedInventory(slices.Concat(o.Documents, o.Attach))
}
