package assemble

import (
	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract"
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
	Select extract.Options
}

// WithDefaults returns the choices with the default base where none was chosen.
func (c Choices) WithDefaults() Choices {
	if c.Base.IsZero() {
		c.Base, _ = reference.Parse(DefaultBase)
	}
	return c
}

// settings are the choices that a result's bytes depend on. The base is not among
// them: the result names it.
func (c *Choices) settings(written compression.Compression) Settings {
	var platforms []string
	for _, p := range c.Platforms {
		platforms = append(platforms, normalPlatform(p).String())
	}
	return Settings{
		Platforms: set(platforms), Keep: set(texts(c.Select.Keep)), Drop: set(texts(c.Select.Drop)), Accept: set(c.Select.Accept),
		Minimal: c.Select.Minimal, ZStd: written == compression.ZStd,
	}
}

// texts are patterns as the user typed them.
func texts(patterns []extract.Pattern) (out []string) {
	for _, p := range patterns {
		out = append(out, p.String())
	}
	return out
}
