package document

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/build"
	"github.com/slimify/slimify/assemble/document/internal/provenance"
	"github.com/slimify/slimify/assemble/document/internal/sbom"
	"github.com/slimify/slimify/assemble/label"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// warnNoDocuments is the code of a warning about documents that cannot be made.
const warnNoDocuments = "no-documents"

// Attachments are the documents to attach to one platform of the result in one place.
type Attachments struct {
	dst     reference.Ref
	subject v1.Descriptor
	docs    []reference.Attachment
}

// documentBuilder makes the documents about one platform of a result, each once.
type documentBuilder struct {
	job      Job
	res      *build.Result
	rep      *report.Report
	platform int // its place in the report
	contents map[documentKey][]byte
}

// documentKey is a kind of document about the image of a manifest.
type documentKey struct {
	report.Document
	subject v1.Hash
}

// copied reports whether the platform is written as the source has it.
func (b *documentBuilder) copied() bool {
	return b.res.Slim == nil || b.rep.Unchanged && !b.rep.UpToDate
}

// image is what the platform has when everything is written.
func (b *documentBuilder) image() v1.Image {
	if b.copied() {
		return b.res.Fat.V1
	}
	return b.res.Slim
}

// possible are the documents, each once, that have a content. An image that stays as it is
// was not made by this run: it has neither provenance nor a report.
func (b *documentBuilder) possible(docs []report.Document) []report.Document {
	docs = slices.Compact(slices.Sorted(slices.Values(docs)))
	if b.copied() {
		docs = slices.DeleteFunc(docs, func(d report.Document) bool {
			if !listsContent(d) {
				b.rep.Warn(warnNoDocuments, "no %s: the image stays as it is, and was not made by this run", d)
			}
			return !listsContent(d)
		})
	}
	return docs
}

// attachment makes the documents to attach in a destination.
func (b *documentBuilder) attachment(dst reference.Ref) (*Attachments, error) {
	subject, err := b.descriptor(dst)
	if err != nil {
		return nil, err
	}
	out := &Attachments{dst: dst, subject: subject}
	for _, d := range b.possible(b.job.Attach) {
		content, err := b.document(d, subject)
		if err != nil {
			return nil, err
		}
		f := forms[d]
		a := reference.Attachment{Type: f.mediaType, Title: f.title, Content: content, Annotations: map[string]string{
			"org.opencontainers.image.created":     b.created().Format(time.RFC3339),
			"org.opencontainers.image.description": f.text,
		}}
		maps.Copy(a.Annotations, f.annotations)
		out.docs = append(out.docs, a)
	}
	return out, nil
}

// descriptor is the manifest of the platform's image as it lies in a destination. A
// Docker archive has none: there the image ID stands for it.
func (b *documentBuilder) descriptor(dst reference.Ref) (v1.Descriptor, error) {
	if dst.Transport() == reference.DockerArchive {
		id, err := b.image().ConfigName()
		return v1.Descriptor{Digest: id}, err
	}
	return reference.Describe(dst, b.image())
}

// created is the image's own time; the epoch if it has none.
func (b *documentBuilder) created() time.Time {
	if t := b.res.Fat.Config.Created; !t.IsZero() {
		return t.UTC()
	}
	return time.Unix(0, 0).UTC()
}

// document makes a document about the image of a manifest, once.
func (b *documentBuilder) document(d report.Document, subject v1.Descriptor) ([]byte, error) {
	key := documentKey{d, subject.Digest}
	if content := b.contents[key]; content != nil {
		return content, nil
	}
	content, err := b.write(d, subject)
	if err != nil {
		return nil, err
	}
	b.contents[key] = content
	return content, nil
}

func (b *documentBuilder) write(d report.Document, subject v1.Descriptor) ([]byte, error) {
	switch d {
	case report.SPDX:
		return sbom.SPDX(b.described(subject))
	case report.CycloneDX:
		return sbom.CycloneDX(b.described(subject))
	case report.Provenance:
		return b.provenance(subject)
	case report.ReportJSON:
		return b.report()
	}
	return nil, fmt.Errorf("unknown kind of document %q", d)
}

// tool is slimify's version as documents name it.
func tool() string { return cmp.Or(label.Version(), "unknown") }

func (b *documentBuilder) described(subject v1.Descriptor) *sbom.Image {
	img := imageIn(b.job.Destinations[0], subject.Digest, b.res.Fat.Platform())
	img.Created, img.Tool, img.Inventory = b.created(), tool(), b.res.Inventory
	return img
}

// imageIn names an image in a place.
func imageIn(ref reference.Ref, digest v1.Hash, platform v1.Platform) *sbom.Image {
	return &sbom.Image{
		Repository: ref.FullRepository(), Registry: ref.Transport() == reference.Registry, Digest: digest, Platform: platform,
	}
}

func (b *documentBuilder) provenance(subject v1.Descriptor) ([]byte, error) {
	fat, base, s := b.res.Fat, b.res.BaseImage, &b.job.Settings
	p := provenance.Parameters{
		Source: fat.Ref.String(), Base: b.job.Choices.Base.String(), Platform: b.res.Platform,
		Keep: s.Keep, Drop: s.Drop, Accept: s.Accept, Minimal: s.Minimal,
	}
	if s.ZStd {
		p.Compression = "zstd"
	}
	if !b.job.Choices.FatBase.IsZero() {
		p.FatBase = b.job.Choices.FatBase.String()
	}
	platform := fat.Platform()
	from := []provenance.Dependency{
		{Name: "source", URI: imageIn(fat.Ref, fat.Digest, platform).PURL(), Digest: fat.Digest},
		{Name: "base", URI: imageIn(base.Ref, base.Digest, platform).PURL(), Digest: base.Digest},
	}
	return provenance.New(b.job.Destinations[0].FullRepository(), subject.Digest, p, from, tool())
}

// report is the run's report on the platform, without what differs from one run to
// the next: an unpacked size is measured if a run reads all layers for another purpose,
// estimated if a registry gives the ends of blobs, and unknown otherwise.
func (b *documentBuilder) report() ([]byte, error) {
	rep := *report.New(b.rep.Source)
	rep.Result = b.rep.Result
	rep.Warnings = slices.DeleteFunc(report.SortWarnings(slices.Clone(b.rep.Warnings)), func(w report.Warning) bool {
		return w.Code == report.WarnFreeze || w.Code == warnNoDocuments
	})
	rep.Platforms = []report.Platform{b.rep.Platforms[b.platform]}
	rep.Platforms[0].Bytes.Unpacked = report.Unpacked{After: rep.Platforms[0].Bytes.Unpacked.After}
	out, err := json.MarshalIndent(rep, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encoding the report: %w", err)
	}
	return append(out, '\n'), nil
}
