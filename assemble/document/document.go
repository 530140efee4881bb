package document

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/build"
	"github.com/slimify/slimify/assemble/document/internal/provenance"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/label"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// form is how a kind of document is named where it is attached.
type form struct {
	mediaType   types.MediaType
	title, text string
	annotations map[string]string
}

var forms = map[report.Document]form{
	report.SPDX:      {"application/spdx+json", "sbom.spdx.json", "SPDX JSON SBOM", nil},
	report.CycloneDX: {"application/vnd.cyclonedx+json", "sbom.cdx.json", "CycloneDX JSON SBOM", nil},
	report.Provenance: {
		"application/vnd.in-toto+json", "provenance.intoto.json", "SLSA provenance, unsigned",
		map[string]string{"in-toto.io/predicate-type": provenance.PredicateType},
	},
	report.ReportJSON: {"application/vnd.slimify.report.v1+json", "slimify.json", "slimify's report", nil},
}

// listsContent reports whether a document needs an inventory.
func listsContent(d report.Document) bool { return d == report.SPDX || d == report.CycloneDX }

// NeedInventory reports whether one of the documents lists what an image holds.
func NeedInventory(docs []report.Document) bool { return slices.ContainsFunc(docs, listsContent) }

// Job says which documents are made about a result.
type Job struct {
	// Documents are made for the report, Attach to be attached in all destinations.
	Documents, Attach []report.Document
	Destinations      []reference.Ref
	Choices           analyze.Choices
	Settings          label.Settings
}

// Make makes documents about a result before it is written: an error leaves the
// destinations alone. It puts those for the report there, and returns those to attach.
func Make(ctx context.Context, r *image.Reader, job Job, results []*build.Result, rep *report.Report) ([]Attachments, error) {
	defer rep.Timed("documents")()
	var out []Attachments
	for i, res := range results {
		b := &documentBuilder{job: job, res: res, rep: rep, platform: i, contents: make(map[documentKey][]byte)}
		if NeedInventory(slices.Concat(job.Documents, job.Attach)) && (res.Inventory == nil || b.copied()) {
			var err error
			if res.Inventory, err = inventoryOfImage(ctx, r, res.Fat); err != nil {
				return nil, err
			}
		}
		own, err := b.descriptor(job.Destinations[0])
		if err != nil {
			return nil, err
		}
		documents := make(map[report.Document][]byte)
		for _, d := range b.possible(job.Documents) {
			if documents[d], err = b.document(d, own); err != nil {
				return nil, err
			}
		}
		rep.Platforms[i].Documents = documents
		if len(job.Attach) == 0 {
			continue
		}
		for _, dst := range distinct(job.Destinations) {
			a, err := b.attachment(dst)
			if err != nil {
				return nil, err
			}
			out = append(out, *a)
		}
	}
	return out, nil
}

// AttachError is a result that is in place, but to which documents could not be
// attached.
type AttachError struct {
	Ref   string // of the result: repository@digest
	Where string // the destination
	Err   error
}

func (e *AttachError) Error() string {
	return fmt.Sprintf("%s is in place, but attaching documents to it in %s failed: %v", e.Ref, e.Where, e.Err)
}
func (e *AttachError) Unwrap() error { return e.Err }

// CheckDestinations checks the destinations before any work is done.
func CheckDestinations(docs []report.Document, dsts []reference.Ref) error {
	if len(docs) == 0 {
		return nil
	}
	for _, d := range dsts {
		if err := reference.CheckAttachable(d); err != nil {
			return err
		}
	}
	return nil
}

// Attach attaches documents to the result, which is in place.
func Attach(ctx context.Context, session *reference.Session, list []Attachments, rep *report.Report) error {
	for _, a := range list {
		digests, err := session.Attach(ctx, a.dst, a.subject, a.docs)
		if err != nil {
			return &AttachError{rep.Result.Ref, a.dst.String(), err}
		}
		for i, d := range digests {
			rep.Attached = append(rep.Attached, report.Attached{
				Ref: a.dst.Pinned(d), Digest: d, Subject: a.subject.Digest, Type: string(a.docs[i].Type), Size: int64(len(a.docs[i].Content)),
			})
		}
	}
	return nil
}

// distinct are the destinations of which no two lie in one repository or layout.
func distinct(dsts []reference.Ref) []reference.Ref {
	seen := make(map[string]bool)
	return slices.DeleteFunc(slices.Clone(dsts), func(d reference.Ref) bool {
		key := string(d.Transport()) + ":" + d.FullRepository()
		defer func() { seen[key] = true }()
		return seen[key]
	})
}
