// Package sample builds miniatures of the official python images, and of an
// image based on one, in memory: for `slimify demo` and for the tests of
// assemble and the command line.
//
// They are realistic where slimify looks: the instructions in the history, the
// databases of dpkg and of accounts, merged /usr, the needs of ELF files, the
// RECORDs of distributions, bytecode and its times. The rest is noise that
// compresses about as well as programs. Nothing in them runs.
//
// Equal configs give equal digests.
package sample

import (
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/layers/layertest"
)

// Config describes the image to build. The zero value is Python 3.9.2 on
// bullseye for amd64, as Docker builds and pushes it.
type Config struct {
	Version      string // of Python; default "3.9.2"
	Suite        string // Debian's codename: default "bullseye", or a later one
	Architecture string // "amd64" (the default) or "arm64"
	// MediaType is the manifest's: Docker's schema 2 (the default) or OCI's.
	// Config and layers follow it.
	MediaType types.MediaType
	// Compression of the layers; the default is gzip.
	Compression compression.Compression
	// GetPip selects the shape before September 2024, with a layer and
	// variables for pip.
	GetPip bool
	// Squashed merges all layers into one with one history entry.
	Squashed bool
	// Steps come on top of the image's other layers.
	Steps []Step
}

// Step is an instruction of a Dockerfile.
type Step struct {
	History string // created_by of the history entry
	Empty   bool   // the step has no layer
	Entries []layertest.Entry
	Config  func(*v1.Config) // changes the config; may be nil
}

// Base returns an image like python:3.9.2-slim-bullseye: the base to slim to.
func Base(c Config) (v1.Image, error) {
	b, err := c.builder()
	if err != nil {
		return nil, err
	}
	return b.image(append(b.official(slim), c.Steps...))
}

// Official returns an image like python:3.9.2, on which users build.
func Official(c Config) (v1.Image, error) {
	b, err := c.builder()
	if err != nil {
		return nil, err
	}
	return b.image(append(b.official(fat), c.Steps...))
}

// Fat returns an image of an application, built on that of [Official] with
//
//	WORKDIR /app
//	COPY . /app
//	RUN pip install flask
//	EXPOSE 5000
//	CMD ["python", "app.py"]
func Fat(c Config) (v1.Image, error) {
	b, err := c.builder()
	if err != nil {
		return nil, err
	}
	return b.image(append(append(b.official(fat), b.application()...), c.Steps...))
}

// variant is one of the two kinds of official images.
type variant int

const (
	slim variant = iota
	fat
)

// builder builds the parts of one image.
type builder struct {
	Config
	machine machine
	db      *dpkg
}

func (c Config) builder() (*builder, error) {
	defaults(&c.Version, "3.9.2")
	defaults(&c.Suite, "bullseye")
	defaults(&c.Architecture, "amd64")
	defaults(&c.MediaType, types.DockerManifestSchema2)
	defaults(&c.Compression, compression.GZip)
	if strings.Count(c.Version, ".") != 2 {
		return nil, fmt.Errorf("sample: version %q is not like 3.9.2", c.Version)
	}
	m, ok := machineOf(c.Architecture)
	if !ok {
		return nil, fmt.Errorf("sample: no architecture %q", c.Architecture)
	}
	return &builder{Config: c, machine: m, db: newDpkg(m)}, nil
}

// defaults sets a value if it is zero.
func defaults[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}

// minor is the version that names Python's directories: "3.9".
func (b *builder) minor() string { return b.Version[:strings.LastIndexByte(b.Version, '.')] }

// lib is the directory of the standard library.
func (b *builder) lib() string { return "usr/local/lib/python" + b.minor() }

// site is the directory into which pip installs.
func (b *builder) site() string { return b.lib() + "/site-packages" }
