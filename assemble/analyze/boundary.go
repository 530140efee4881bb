package analyze

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/label"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/extract/selection"
)

// findBoundary returns how many of an image's first layers are an official image's,
// and that image's Debian release where it is known without reading a layer. If the
// history does not say, candidates are opened: one counts if its layers are the image's
// first ones and its own history is an official image's. A wrong hint (a tag that
// moved, a company's image) has no effect.
func findBoundary(ctx context.Context, r *image.Reader, fat *image.Image, choices *Choices, rep *report.Run) (boundary int, release string, err error) {
	boundary, release = extract.Boundary(fat.Config), official.HistoryRelease(fat.Config)
	if boundary > 0 && release != "" || boundary == 0 && !official.HasNoHistory(fat.Config) {
		return boundary, release, nil
	}
	for _, ref := range candidates(fat, choices, boundary) {
		found, err := candidate(ctx, r, fat, ref)
		if err != nil {
			return 0, "", err
		}
		if found == nil {
			if ref == choices.FatBase {
				rep.Warn("fat-base", "%s is not the official image that this one was built on: it is ignored", ref)
			}
			continue
		}
		r.Log.Debug("the image was built on an official one", "base", ref.String(), "layers", len(found.Layers))
		if release == "" {
			release = official.HistoryRelease(found.Config)
		}
		if release == "" {
			release = official.TagRelease(ref.Tag())
		}
		return len(found.Layers), release, nil
	}
	return boundary, release, nil
}

// candidates lists the images that an image may have been built on: the one that the
// user names, the one that the annotations name, and the tags of its version.
func candidates(fat *image.Image, choices *Choices, boundary int) []reference.Ref {
	var out []reference.Ref
	if !choices.FatBase.IsZero() {
		out = append(out, choices.FatBase)
	}
	notes := fat.Manifest.Annotations
	if digest, err := v1.NewHash(notes[label.BaseDigest]); err == nil {
		// An annotation may name any host. Only hosts that the run uses anyway are asked.
		ref, err := reference.Parse(notes[label.BaseName])
		if err == nil && (image.SameRegistry(ref, fat.Ref) || image.SameRegistry(ref, choices.Base)) {
			if pinned, err := reference.Parse(ref.Repository() + "@" + digest.String()); err == nil {
				out = append(out, pinned)
			}
		}
	}
	if choices.Base.Transport() != reference.Registry {
		return out
	}
	version := extract.ConfiguredRuntime(fat.Config).Version
	for _, tag := range extract.OfficialTags(selection.Runtime{Version: version}, boundary > 0 && extract.OnSlim(fat.Config, boundary)) {
		if ref, err := choices.Base.WithTag(tag); err == nil {
			out = append(out, ref)
		}
	}
	return out
}

// candidate opens an image and returns it if it is an official one and fat was built
// on it; else nil.
func candidate(ctx context.Context, r *image.Reader, fat *image.Image, ref reference.Ref) (*image.Image, error) {
	src, err := r.Open(ctx, ref)
	if err == nil {
		var child reference.Child
		if child, err = image.Pick(src, fat.Platform()); err == nil {
			var img *image.Image
			if img, err = image.New(ref, child); err == nil {
				return officialBelow(fat, img), nil
			}
		}
	}
	if ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return nil, err
	}
	r.Log.Debug("not an official image", "ref", ref.String(), "cause", err)
	return nil, nil
}

// officialBelow returns img if it is an official image and its layers are the first
// ones of fat; else nil.
func officialBelow(fat, img *image.Image) *image.Image {
	own, all := img.Config.RootFS.DiffIDs, fat.Config.RootFS.DiffIDs
	if len(own) > len(all) || !slices.Equal(own, all[:len(own)]) || extract.Boundary(img.Config) != len(own) {
		return nil
	}
	return img
}
