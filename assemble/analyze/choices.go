package analyze

import (
	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/label"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract/selection"
)

// Choices are what a user may decide about an image. The zero value works.
type Choices struct {
	// Base is the slim image, or without a tag the repository whose tag is chosen
	// by the image's evidence; the zero Ref means [DefaultBase].
	Base reference.Ref
	// FatBase is the official image that the source was built on, where its history
	// does not say; the zero Ref means that it is not known.
	FatBase reference.Ref
	// Platforms limits an index to these; empty means all.
	Platforms []v1.Platform
	// Select is what the user says about the selection.
	Select selection.Options
}

// WithDefaults returns the choices with the default base where none was chosen.
func (c Choices) WithDefaults() Choices {
	if c.Base.IsZero() {
		c.Base, _ = reference.Parse(DefaultBase())
	}
	return c
}

// Settings are the choices that a result's bytes depend on. The base is not among
// them: the result names it.
func (c *Choices) Settings(written compression.Compression) label.Settings {
	var platforms []string
	for _, p := range c.Platforms {
		platforms = append(platforms, image.NormalPlatform(p).String())
	}
	return label.Settings{
		Platforms: label.Sorted(platforms), Keep: label.Sorted(Texts(c.Select.Keep)), Drop: label.Sorted(Texts(c.Select.Drop)), Accept: label.Sorted(c.Select.Accept),
		Minimal: c.Select.Minimal, ZStd: written == compression.ZStd,
	}
}

// Texts are patterns as the user typed them.
func Texts(patterns []selection.Pattern) (out []string) {
	for _, p := range patterns {
		out = append(out, p.String())
	}
	return out
}
