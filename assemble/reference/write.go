package reference

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Artifact is what Write takes: a v1.Image or a v1.ImageIndex.
type Artifact interface {
	MediaType() (types.MediaType, error)
	Digest() (v1.Hash, error)
	Size() (int64, error)
	RawManifest() ([]byte, error)
}

var (
	_ Artifact = v1.Image(nil)
	_ Artifact = v1.ImageIndex(nil)
)

// Write writes an image or an index with everything that it refers to, and returns
// the digest of its manifest, or its image ID in a Docker archive. It sets the tag
// last. If it fails, the destination is unchanged; a registry may keep
// unreferenced blobs, which it collects by itself.
//
// An OCI layout or archive gets OCI media types, whatever the artifact's are.
//
// To write to several references call Write for each; a session uploads each blob
// to a repository once. Layers that are a *remote.MountableLayer are mounted if
// the registry supports it.
//
// Errors are *OutputError, *CorruptError (a blob of the artifact does not match its
// digest), *ParseError (ref cannot be a destination), *UnsupportedError (an index of
// several images to a Docker archive), those of a registry, or ctx's. Errors from
// reading the artifact are returned unchanged: Explain them with the artifact's own
// reference.
func (s *Session) Write(ctx context.Context, ref Ref, a Artifact) (v1.Hash, error) {
	if err := checkDestination(ref); err != nil {
		return v1.Hash{}, err
	}
	ctx = s.withProgress(ctx, ref, a)
	if ref.transport == DockerArchive {
		return s.writeDocker(ctx, ref, a)
	}
	a, err := form(ref, a)
	if err != nil {
		return v1.Hash{}, fmt.Errorf("preparing the image for %q: %w", ref, err)
	}
	digest, err := a.Digest()
	if err != nil {
		return v1.Hash{}, fmt.Errorf("computing the digest for %q: %w", ref, err)
	}
	switch ref.transport {
	case Registry:
		err = s.push(ctx, ref, a)
	case OCI:
		err = s.writeDir(ctx, ref, a)
	case OCIArchive:
		err = s.writeArchive(ctx, ref, a)
	}
	if err != nil {
		return v1.Hash{}, err
	}
	return digest, nil
}

func (s *Session) push(ctx context.Context, ref Ref, a Artifact) error {
	image := s.RemoteName(ref)
	c, err := s.at(image.Context().Registry)
	if err == nil {
		err = c.pusher.Push(ctx, image, a)
	}
	return Explain(ref, err)
}

// checkDestination refuses references that can only be read.
func checkDestination(ref Ref) error {
	var cause error
	switch {
	case ref.IsZero():
		cause = errors.New("it names nothing")
	case ref.Stdin():
		cause = errors.New("standard input cannot be a destination; name a file")
	case ref.digest != "":
		cause = errors.New("a digest cannot be a destination; name a tag")
	case ref.transport == Registry:
		if _, ok := ref.image.(name.Digest); ok {
			cause = errors.New("a digest cannot be a destination; name a tag")
		}
	}
	if cause == nil {
		return nil
	}
	return &ParseError{Ref: ref.String(), Cause: cause}
}
