package main

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble/reference"
)

// bases are the base images by platform: an empty image, or those of an image
// with a shell.
type bases struct {
	src *reference.Source // nil: empty
}

// base is the image to build on, with its reference and digest if it has them.
type base struct {
	v1.Image
	ref    string
	digest string
}

// openBase opens the image given as --base; done closes it.
func openBase(ctx context.Context, s *reference.Session, name string) (b bases, done func() error, err error) {
	if name == "" {
		return bases{}, func() error { return nil }, nil
	}
	ref, err := reference.Parse(name)
	if err != nil {
		return bases{}, nil, err
	}
	src, err := s.Open(ctx, ref)
	if err != nil {
		return bases{}, nil, err
	}
	return bases{src}, src.Close, nil
}

// image finds the base for a platform.
func (b bases) image(p v1.Platform) (*base, error) {
	if b.src == nil {
		img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
		return &base{Image: img}, nil
	}
	children, err := b.src.Children()
	if err != nil {
		return nil, err
	}
	for _, c := range children {
		if c.IsAttestation() {
			continue
		}
		img, err := c.Image()
		if err != nil {
			return nil, err
		}
		config, err := img.ConfigFile()
		if err != nil {
			return nil, err
		}
		if config.OS == p.OS && config.Architecture == p.Architecture {
			return &base{img, b.src.Ref.String(), b.src.Digest.String()}, nil
		}
	}
	return nil, fmt.Errorf("%s has no image for %s", b.src.Ref, p)
}
