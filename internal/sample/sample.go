// Package sample makes miniatures of the official python images, and of an
// image that somebody built on one, in memory: for `slimify demo` and for the
// tests of assemble and of the command line.
//
// They are truthful where slimify looks: the instructions in the history, the
// databases of dpkg and of accounts, merged /usr, what the ELF files need, the
// RECORDs of distributions, bytecode and its times. The content in between is
// noise that compresses about as well as programs do. Nothing in them runs.
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

// Config says which image to make. The zero value is Python 3.9.2 on bullseye
// for amd64, as Docker builds and pushes it.
type Config struct {
	Version      string // of Python; default "3.9.2"
	Suite        string // of Debian: default "bullseye", or a later one
	Architecture string // "amd64" (the default) or "arm64"
	// MediaType is the manifest's: Docker's schema 2 (the default) or OCI's.
	// Config and layers follow it.
	MediaType types.MediaType
	// Compression of the layers; the default is gzip.
	Compression compression.Compression
	// GetPip is the shape from before September 2024: pip has a layer and
	// variables of its own.
	GetPip bool
	// Squashed merges all into one layer with one history entry.
	Squashed bool
	// Steps come on top of what else the image has.
	Steps []Step
}

// Step is an instruction of a Dockerfile.
type Step struct {
	History string // created_by of the history's entry
	Empty   bool   // the step makes no layer
	Entries []layertest.Entry
	Config  func(*v1.Config) // what it changes in the config; nil means nothing
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

// Fat returns an image of an application, built on that of [Official] by
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

// builder makes the parts of one image.
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

// defaults sets a value that is zero.
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
