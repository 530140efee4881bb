package image

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/reference"
)

// PlatformError is an index that lacks a platform.
type PlatformError struct {
	Ref, Want string
	Have      []string
}

func (e *PlatformError) Error() string {
	return fmt.Sprintf("%s has no platform %s; it has %v", e.Ref, e.Want, e.Have)
}

// Platform is the image's own platform, from its config.
func (img *Image) Platform() v1.Platform {
	p := v1.Platform{OS: img.Config.OS, Architecture: img.Config.Architecture, Variant: img.Config.Variant, OSVersion: img.Config.OSVersion}
	if p.OS == "" {
		p.OS = "linux"
	}
	return p
}

// PlatformName is the image's own platform, in the form that --platform takes.
func (img *Image) PlatformName() string { return NormalPlatform(img.Platform()).String() }

// Member is an image of a source with its platform, in containerd's normal form.
type Member struct {
	Platform string
	Child    reference.Child
}

// Members lists the Linux images of a source, one for each platform. If platforms are
// given, those are listed, and each must be there.
func Members(src *Source, platforms []v1.Platform) ([]Member, error) {
	var out []Member
	var have []string
	found := make([]bool, len(platforms))
	for _, child := range src.Children {
		if child.IsAttestation() {
			continue
		}
		p := child.Descriptor.Platform
		if p == nil || p.Architecture == "" { // only the config knows
			img, err := New(src.Ref, child)
			if err != nil {
				return nil, err
			}
			own := img.Platform()
			p = &own
		}
		normal := NormalPlatform(*p)
		have = append(have, normal.String())
		wanted := len(found) == 0 && normal.OS == "linux"
		for i, want := range platforms {
			if normal.Satisfies(NormalPlatform(want)) {
				found[i], wanted = true, true
			}
		}
		m := Member{normal.String(), child}
		if wanted && !slices.ContainsFunc(out, func(o Member) bool { return o.Platform == m.Platform }) {
			out = append(out, m)
		}
	}
	if i := slices.Index(found, false); i >= 0 {
		return nil, &PlatformError{Ref: src.Ref.String(), Want: platforms[i].String(), Have: have}
	}
	if len(out) == 0 {
		return nil, &reference.UnsupportedError{Ref: src.Ref.String(), Reason: "its index holds no image for Linux"}
	}
	return out, nil
}

// NormalPlatform drops what an architecture implies: some tools write the
// variant of arm64, others leave it out.
func NormalPlatform(p v1.Platform) v1.Platform {
	switch p.Architecture + "/" + p.Variant {
	case "arm64/v8", "amd64/v1":
		p.Variant = ""
	case "arm/":
		p.Variant = "v7"
	}
	return v1.Platform{OS: p.OS, Architecture: p.Architecture, Variant: p.Variant}
}

// Pick chooses the child of a source for a platform. A source that is one image
// is taken as it is: whether it fits is checked later.
func Pick(src *Source, want v1.Platform) (reference.Child, error) {
	if src.Index == nil {
		return src.Children[0], nil
	}
	var have []string
	for _, c := range src.Children {
		p := c.Descriptor.Platform
		if p == nil || c.IsAttestation() {
			continue
		}
		normal := NormalPlatform(*p)
		if normal.Satisfies(NormalPlatform(want)) {
			return c, nil
		}
		have = append(have, normal.String())
	}
	return reference.Child{}, &PlatformError{Ref: src.Ref.String(), Want: want.String(), Have: have}
}

// InPlatform adds to an error which platform failed, if there are several.
func InPlatform(platform string, of int, err error) error {
	if of < 2 {
		return err
	}
	return fmt.Errorf("platform %s: %w", platform, err)
}
