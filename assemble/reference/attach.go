package reference

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Attachment is a document about an image, which becomes a referrer of the
// image.
type Attachment struct {
	// Type is the document's media type, and the artifact's type.
	Type types.MediaType
	// Title is its file name.
	Title string
	// Annotations are the manifest's, which listings show.
	Annotations map[string]string
	Content     []byte
}

const (
	// emptyType is the media type of an artifact's config (image-spec,
	// manifest.md, "Guidance for an Empty Descriptor").
	emptyType types.MediaType = "application/vnd.oci.empty.v1+json"
	// titleKey is the annotation with a blob's file name.
	titleKey = "org.opencontainers.image.title"
)

var emptyConfig = []byte("{}")

// CheckAttachable returns an *OptionError for references to which nothing can be
// attached: an archive is written once and not changed.
func CheckAttachable(ref Ref) error {
	if ref.transport == Registry || ref.transport == OCI {
		return nil
	}
	return &OptionError{fmt.Errorf("nothing can be attached to %q: attach in a registry or an OCI layout (oci:DIR), or write files with --sbom", ref)}
}

// Attach makes documents referrers of an image in ref's repository or layout:
// artifacts with the image as their subject. It returns their digests, in order.
// Existing artifacts are not written again, and those from other tools stay.
//
// In a registry without the referrers API an index under a reserved tag lists them
// (distribution specification, "Referrers Tag Schema"). Two processes that update the
// index at the same time may lose an entry: artifacts that are not listed afterwards
// are attached again.
//
// Errors are *OptionError (an archive), *OutputError, those of a registry that is
// written to, or ctx's.
func (s *Session) Attach(ctx context.Context, ref Ref, subject v1.Descriptor, docs []Attachment) ([]v1.Hash, error) {
	if err := CheckAttachable(ref); err != nil {
		return nil, err
	}
	artifacts := make([]*artifact, len(docs))
	digests := make([]v1.Hash, len(docs))
	for i, d := range docs {
		a, err := newArtifact(subject, d)
		if err != nil {
			return nil, fmt.Errorf("preparing %s for %q: %w", d.Type, ref, err)
		}
		artifacts[i], digests[i] = a, a.desc.Digest
	}
	if ref.transport == OCI {
		return digests, s.attachDir(ctx, ref, artifacts)
	}
	return digests, Explain(ref, s.attachRemote(ctx, s.RemoteName(ref).Context(), subject.Digest, artifacts))
}

// attachTries is how often an artifact that is not listed is attached again, and
// attachWait how long the registry has to list it.
const (
	attachTries = 4
	attachWait  = 100 * time.Millisecond
)

func (s *Session) attachRemote(ctx context.Context, repo name.Repository, subject v1.Hash, artifacts []*artifact) error {
	c, err := s.at(repo.Registry)
	if err != nil {
		return err
	}
	for try := 0; ; try++ {
		index, err := remote.Referrers(repo.Digest(subject.String()), remote.WithContext(ctx), remote.Reuse(c.puller))
		if err != nil {
			return err
		}
		listed, err := index.IndexManifest()
		if err != nil {
			return err
		}
		missing := slices.DeleteFunc(slices.Clone(artifacts), func(a *artifact) bool {
			return slices.ContainsFunc(listed.Manifests, func(d v1.Descriptor) bool { return d.Digest == a.desc.Digest })
		})
		if len(missing) == 0 {
			return nil
		}
		if try == attachTries {
			return fmt.Errorf("the registry accepted %s but does not list it as a referrer of %s", missing[0].desc.Digest, subject)
		}
		if try > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(attachWait << try):
			}
		}
		for _, a := range missing {
			if err := c.putArtifact(ctx, repo, a); err != nil {
				return err
			}
		}
	}
}

// putArtifact uploads an artifact. It sends the manifest even if the registry has
// it, since this makes the registry, or go-containerregistry, list it.
func (c *client) putArtifact(ctx context.Context, repo name.Repository, a *artifact) error {
	for _, l := range a.blobs {
		if err := c.pusher.Upload(ctx, repo, l); err != nil {
			return err
		}
	}
	return c.pusher.Put(ctx, repo.Digest(a.desc.Digest.String()), a)
}

// attachDir lists the artifacts in a layout's index, as tools that support
// referrers do.
func (s *Session) attachDir(ctx context.Context, ref Ref, artifacts []*artifact) (err error) {
	unlock, err := lockDir(ctx, ref.path)
	if err != nil {
		return &OutputError{Path: ref.path, Cause: err}
	}
	defer func() { err = errors.Join(err, unlock()) }()
	w := layoutWriter{dir: ref.path, made: new(created)}
	index, err := w.readIndex()
	if err != nil {
		return err
	}
	var files []blob
	for _, a := range artifacts {
		if index, err = mergeArtifact(index, a.desc); err != nil {
			return &OutputError{Path: filepath.Join(ref.path, indexFile), Cause: err}
		}
		files = append(files, a.files()...)
	}
	if err = w.writeBlobs(ctx, files, s.opts.Jobs); err == nil {
		err = replaceFile(filepath.Join(ref.path, indexFile), func(out io.Writer) error {
			_, err := out.Write(index)
			return err
		})
	}
	if err != nil {
		return errors.Join(err, w.made.undo())
	}
	return nil
}

// artifact is a document with a manifest.
type artifact struct {
	desc  v1.Descriptor
	raw   []byte
	blobs []v1.Layer // the document and the config
}

var _ remote.Taggable = (*artifact)(nil)

func newArtifact(subject v1.Descriptor, d Attachment) (*artifact, error) {
	a := &artifact{blobs: []v1.Layer{static.NewLayer(d.Content, d.Type), static.NewLayer(emptyConfig, emptyType)}}
	layer, err := partial.Descriptor(a.blobs[0])
	if err != nil {
		return nil, err
	}
	layer.Annotations = map[string]string{titleKey: d.Title}
	config, err := partial.Descriptor(a.blobs[1])
	if err != nil {
		return nil, err
	}
	config.Data = emptyConfig
	a.raw, err = json.Marshal(v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: string(d.Type),
		Config: *config, Layers: []v1.Descriptor{*layer}, Annotations: d.Annotations,
		Subject: &v1.Descriptor{MediaType: subject.MediaType, Size: subject.Size, Digest: subject.Digest},
	})
	if err != nil {
		return nil, err
	}
	digest, size, err := v1.SHA256(bytes.NewReader(a.raw))
	a.desc = v1.Descriptor{
		MediaType: types.OCIManifestSchema1, Size: size, Digest: digest, ArtifactType: string(d.Type), Annotations: d.Annotations,
	}
	return a, err
}

func (a *artifact) RawManifest() ([]byte, error)        { return a.raw, nil }
func (a *artifact) MediaType() (types.MediaType, error) { return a.desc.MediaType, nil }

// files are the artifact's blobs in a layout.
func (a *artifact) files() []blob {
	var c collector
	c.seen = make(map[v1.Hash]bool)
	c.bytes(a.desc.Digest, a.raw)
	for _, l := range a.blobs {
		_ = c.layer(l) // it is in memory: it cannot fail
	}
	return c.blobs
}
