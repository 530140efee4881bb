package reference

import (
	"context"
	"errors"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Current opens the image that a destination currently names. Unlike Open it
// never asks a mirror, which may be outdated. Errors are those of Open.
func (s *Session) Current(ctx context.Context, ref Ref) (*Source, error) {
	if ref.transport != Registry {
		return s.Open(ctx, ref)
	}
	src, err := s.pull(ctx, ref, s.RemoteName(ref))
	return src, Explain(ref, err)
}

// Head returns the digest of the image that Open would open. It reads no manifest
// from a registry that supports HEAD requests. Errors are those of Open.
func (s *Session) Head(ctx context.Context, ref Ref) (_ v1.Hash, err error) {
	if ref.transport != Registry {
		src, err := s.Open(ctx, ref)
		if err != nil {
			return v1.Hash{}, err
		}
		return src.Digest, src.Close()
	}
	for _, image := range s.pullNames(ref) {
		var digest v1.Hash
		if digest, err = s.head(ctx, image); err == nil || canceled(ctx, err) {
			return digest, err
		}
	}
	return v1.Hash{}, Explain(ref, err)
}

func (s *Session) head(ctx context.Context, image name.Reference) (v1.Hash, error) {
	c, err := s.at(image.Context().Registry)
	if err != nil {
		return v1.Hash{}, err
	}
	desc, err := c.puller.Head(ctx, image)
	var answer *transport.Error
	if err != nil && !errors.As(err, &answer) && !isNetwork(err) && !canceled(ctx, err) {
		// The answer lacks the header with the digest, which registries should
		// send.
		got, err := c.puller.Get(ctx, image)
		if err != nil {
			return v1.Hash{}, err
		}
		return got.Digest, nil
	}
	if err != nil {
		return v1.Hash{}, err
	}
	return desc.Digest, nil
}
