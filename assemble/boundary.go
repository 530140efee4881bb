package assemble

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/internal/imageconfig"
)

// findBoundary tells how many of FAT's first layers are an official python
// image's, and that image's suite where it is known without reading a layer. What
// FAT's history leaves open is asked of candidates: an image counts if its layers
// are FAT's first ones and its own history is an official image's. A hint that is
// wrong (a tag that moved, a company's image) is no hint.
func (r *run) findBoundary(ctx context.Context, fat *image, rep *Run) (boundary int, suite string, err error) {
	boundary, suite = extract.Boundary(fat.config), extract.HistorySuite(fat.config)
	if boundary > 0 && suite != "" || boundary == 0 && !extract.SilentHistory(fat.config) {
		return boundary, suite, nil
	}
	for _, ref := range r.candidates(fat, boundary) {
		found, err := r.candidate(ctx, fat, ref)
		if err != nil {
			return 0, "", err
		}
		if found == nil {
			if ref == r.opts.FatBase {
				rep.warn("fat-base", "%s is not the official image that this one was built on: it tells nothing of it", ref)
			}
			continue
		}
		r.log.Debug("the image was built on an official one", "base", ref.String(), "layers", len(found.layers))
		if suite == "" {
			suite = extract.HistorySuite(found.config)
		}
		if suite == "" {
			suite = extract.TagSuite(ref.Tag())
		}
		return len(found.layers), suite, nil
	}
	return boundary, suite, nil
}

// candidates lists the images that FAT may have been built on: the one that the
// user names, the one that the annotations name, and the tags of its version.
func (r *run) candidates(fat *image, boundary int) []reference.Ref {
	var out []reference.Ref
	if !r.opts.FatBase.IsZero() {
		out = append(out, r.opts.FatBase)
	}
	notes := fat.manifest.Annotations
	if digest, err := v1.NewHash(notes[labelBaseDigest]); err == nil {
		// An annotation may name any host. Only those are asked that the run asks anyway.
		ref, err := reference.Parse(notes[labelBaseName])
		if err == nil && (sameRegistry(ref, fat.ref) || sameRegistry(ref, r.opts.Base)) {
			if pinned, err := reference.Parse(ref.Repository() + "@" + digest.String()); err == nil {
				out = append(out, pinned)
			}
		}
	}
	if r.opts.Base.Transport() != reference.Registry {
		return out
	}
	version := imageconfig.Getenv(fat.config.Config.Env, "PYTHON_VERSION")
	for _, tag := range extract.OfficialTags(version, boundary > 0 && extract.OnSlim(fat.config, boundary)) {
		if ref, err := r.opts.Base.WithTag(tag); err == nil {
			out = append(out, ref)
		}
	}
	return out
}

// candidate opens an image and returns it if FAT was built on it and it is an
// official one; else nil.
func (r *run) candidate(ctx context.Context, fat *image, ref reference.Ref) (*image, error) {
	src, err := r.open(ctx, ref)
	if err == nil {
		var child reference.Child
		if child, err = pick(src, fat.platform()); err == nil {
			var img *image
			if img, err = openImage(ref, child); err == nil {
				return officialBelow(fat, img), nil
			}
		}
	}
	if ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return nil, err
	}
	r.log.Debug("no official image", "ref", ref.String(), "cause", err)
	return nil, nil
}

// officialBelow returns img if it is an official image and its layers are FAT's
// first ones; else nil.
func officialBelow(fat, img *image) *image {
	own, all := img.config.RootFS.DiffIDs, fat.config.RootFS.DiffIDs
	if len(own) > len(all) || !slices.Equal(own, all[:len(own)]) || extract.Boundary(img.config) != len(own) {
		return nil
	}
	return img
}
