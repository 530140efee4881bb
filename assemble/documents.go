package assemble

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/provenance"
	"github.com/slimify/slimify/internal/sbom"
)

// Codes of warnings that documents must tell from others.
const (
	warnFreeze        = "freeze"
	warnNothingToTell = "nothing-to-tell"
)

// documentForm is how a kind of document is named where it is attached.
type documentForm struct {
	mediaType   types.MediaType
	title, text string
	annotations map[string]string
}

var documentForms = map[report.Document]documentForm{
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

// attachable checks the destinations before any work is done.
func (r *run) attachable(dsts []reference.Ref) error {
	if len(r.opts.Attach) == 0 {
		return nil
	}
	for _, d := range dsts {
		if err := reference.CheckAttachable(d); err != nil {
			return err
		}
	}
	return nil
}

// enclosure are the documents to attach to one platform of the result in one place.
type enclosure struct {
	dst     reference.Ref
	subject v1.Descriptor
	docs    []reference.Attachment
}

// document makes the documents that the options ask for, before the result is written:
// what goes wrong here leaves the destinations alone. It returns those that are to be
// attached.
func (r *run) document(ctx context.Context, results []*result, dsts []reference.Ref, rep *report.Report) ([]enclosure, error) {
	if !r.opts.documents() {
		return nil, nil
	}
	defer rep.Timed("documents")()
	var out []enclosure
	for i, res := range results {
		if r.opts.inventory() && (res.inventory == nil || res.copied(rep)) {
			var err error
			if res.inventory, err = r.inventoryOf(ctx, res.fat); err != nil {
				return nil, err
			}
		}
		m := &maker{run: r, res: res, rep: rep, platform: i, dst: dsts[0]}
		own, err := m.describe(dsts[0])
		if err != nil {
			return nil, err
		}
		made := make(map[report.Document][]byte)
		for _, d := range m.told(r.opts.Documents) {
			if made[d], err = m.make(d, own); err != nil {
				return nil, err
			}
		}
		rep.Platforms[i].Documents = made
		if len(r.opts.Attach) == 0 {
			continue
		}
		for _, dst := range distinct(dsts) {
			e, err := m.enclose(dst)
			if err != nil {
				return nil, err
			}
			out = append(out, *e)
		}
	}
	return out, nil
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

// enclose makes the documents to attach in a destination.
func (m *maker) enclose(dst reference.Ref) (*enclosure, error) {
	subject, err := m.describe(dst)
	if err != nil {
		return nil, err
	}
	out := &enclosure{dst: dst, subject: subject}
	for _, d := range m.told(m.run.opts.Attach) {
		content, err := m.make(d, subject)
		if err != nil {
			return nil, err
		}
		form := documentForms[d]
		a := reference.Attachment{Type: form.mediaType, Title: form.title, Content: content, Annotations: map[string]string{
			"org.opencontainers.image.created":     m.created().Format(time.RFC3339),
			"org.opencontainers.image.description": form.text,
		}}
		maps.Copy(a.Annotations, form.annotations)
		out.docs = append(out.docs, a)
	}
	return out, nil
}

// attach attaches documents to the result, which is in place.
func (r *run) attach(ctx context.Context, list []enclosure, rep *report.Report) error {
	if r.opts.DryRun {
		return nil
	}
	for _, e := range list {
		digests, err := r.session.Attach(ctx, e.dst, e.subject, e.docs)
		if err != nil {
			return &AttachError{rep.Result.Ref, e.dst.String(), err}
		}
		for i, d := range digests {
			rep.Attached = append(rep.Attached, report.Attached{
				Ref: e.dst.Pinned(d), Digest: d, Subject: e.subject.Digest, Type: string(e.docs[i].Type), Size: int64(len(e.docs[i].Content)),
			})
		}
	}
	return nil
}

// maker makes the documents of one platform of a result.
type maker struct {
	run      *run
	res      *result
	rep      *report.Report
	platform int // its place in the report
	dst      reference.Ref
}

// copied reports whether a platform is written as FAT has it.
func (res *result) copied(rep *report.Report) bool {
	return res.slim == nil || rep.Unchanged && !rep.UpToDate
}

// image is what the platform has when all is written.
func (m *maker) image() v1.Image {
	if m.res.copied(m.rep) {
		return m.res.fat
	}
	return m.res.slim
}

// told are the documents, each once, that there is something to tell of: where the
// image stays as it is, this run made nothing.
func (m *maker) told(docs []report.Document) []report.Document {
	docs = slices.Compact(slices.Sorted(slices.Values(docs)))
	if m.res.copied(m.rep) {
		docs = slices.DeleteFunc(docs, func(d report.Document) bool {
			if !listsContent(d) {
				m.rep.Warn(warnNothingToTell, "no %s: the image stays as it is, and nothing was made of which it could tell", d)
			}
			return !listsContent(d)
		})
	}
	return docs
}

// describe is the manifest of the platform's image as it lies in a destination. A
// Docker archive has none: there the image ID stands for it.
func (m *maker) describe(dst reference.Ref) (v1.Descriptor, error) {
	if dst.Transport() == reference.DockerArchive {
		id, err := m.image().ConfigName()
		return v1.Descriptor{Digest: id}, err
	}
	return reference.Describe(dst, m.image())
}

// created is the image's own time; the epoch if it has none.
func (m *maker) created() time.Time {
	if t := m.res.fat.config.Created; !t.IsZero() {
		return t.UTC()
	}
	return time.Unix(0, 0).UTC()
}

// about is a kind of document about the image of a manifest.
type about struct {
	report.Document
	subject v1.Hash
}

// make makes a document about the image of that manifest, once.
func (m *maker) make(d report.Document, subject v1.Descriptor) ([]byte, error) {
	key := about{d, subject.Digest}
	if made := m.res.made[key]; made != nil {
		return made, nil
	}
	made, err := m.write(d, subject)
	if err != nil {
		return nil, err
	}
	if m.res.made == nil {
		m.res.made = make(map[about][]byte)
	}
	m.res.made[key] = made
	return made, nil
}

func (m *maker) write(d report.Document, subject v1.Descriptor) ([]byte, error) {
	switch d {
	case report.SPDX:
		return sbom.SPDX(m.described(subject))
	case report.CycloneDX:
		return sbom.CycloneDX(m.described(subject))
	case report.Provenance:
		return m.provenance(subject)
	case report.ReportJSON:
		return m.report()
	}
	return nil, fmt.Errorf("%q is no kind of document", d)
}

// tool is slimify's version as documents tell it.
func (m *maker) tool() string { return cmp.Or(m.run.version(), "unknown") }

func (m *maker) described(subject v1.Descriptor) *sbom.Image {
	img := imageIn(m.dst, subject.Digest, m.res.fat.platform())
	img.Created, img.Tool, img.Inventory = m.created(), m.tool(), m.res.inventory
	return img
}

// imageIn names an image in a place.
func imageIn(ref reference.Ref, digest v1.Hash, platform v1.Platform) *sbom.Image {
	return &sbom.Image{
		Repository: ref.FullRepository(), Registry: ref.Transport() == reference.Registry, Digest: digest, Platform: platform,
	}
}

func (m *maker) provenance(subject v1.Descriptor) ([]byte, error) {
	opts, fat := &m.run.opts, m.res.fat
	platform := fat.platform()
	p := provenance.Parameters{
		Source: fat.ref.String(), Base: opts.Base.String(), Platform: m.res.platform,
		Keep: set(texts(opts.Select.Keep)), Drop: set(texts(opts.Select.Drop)), Accept: set(opts.Select.Accept),
		Minimal: opts.Select.Minimal,
	}
	if opts.Compression == compression.ZStd {
		p.Compression = string(opts.Compression)
	}
	if !opts.FatBase.IsZero() {
		p.FatBase = opts.FatBase.String()
	}
	base := m.res.baseImage
	from := []provenance.Dependency{
		{Name: "source", URI: imageIn(fat.ref, fat.digest, platform).PURL(), Digest: fat.digest},
		{Name: "base", URI: imageIn(base.ref, base.digest, platform).PURL(), Digest: base.digest},
	}
	return provenance.New(m.dst.FullRepository(), subject.Digest, p, from, m.tool())
}

// aboutRun are the codes of warnings that speak of what a run was asked for, and not of
// the image.
var aboutRun = []string{warnFreeze, warnNothingToTell}

// report is the run's report on the platform, without what differs from one run to
// the next: an unpacked size is measured where a run reads all layers for something
// else, an estimate where a registry tells the ends of blobs, and unknown elsewhere.
func (m *maker) report() ([]byte, error) {
	rep := *report.New(m.rep.Source)
	rep.Result = m.rep.Result
	rep.Warnings = slices.DeleteFunc(sortWarnings(slices.Clone(m.rep.Warnings)), func(w report.Warning) bool {
		return slices.Contains(aboutRun, w.Code)
	})
	rep.Platforms = []report.Platform{m.rep.Platforms[m.platform]}
	rep.Platforms[0].Bytes.Unpacked = report.Unpacked{After: rep.Platforms[0].Bytes.Unpacked.After}
	out, err := json.MarshalIndent(rep, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encoding the report: %w", err)
	}
	return append(out, '\n'), nil
}
