// Package extracttest builds the state of a selection from listings, for tests of the
// packages below extract.
package extracttest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// Layer is a listing with the step of history that made it.
type Layer struct {
	Step    string // "RUN apt-get install git"
	Entries []lt.Entry
}

// Run is the layer of a shell command.
func Run(command string, entries ...lt.Entry) Layer {
	return Layer{"RUN /bin/sh -c " + command, entries}
}

// Images are an image to slim and its base. The zero value has no files.
type Images struct {
	Config  v1.Config
	Arch    string // of both; "" is amd64
	Release string // codename of the image's Debian release
	Base    []lt.Entry
	Cold    [][]lt.Entry // the image's layers below the boundary, lowest first
	// ColdStep is the step of each of them in history.
	ColdStep string
	User     []Layer // those above it
	// Capture keeps the evidence of files. nil keeps all content.
	Capture layers.Capture
	// Broken are the cold layers that cannot be read.
	Broken map[int]bool
	Keep   []string // patterns of --keep
	Drop   []string // patterns of --drop
}

// ErrBroken is the error of a layer that cannot be read.
var ErrBroken = errors.New("broken layer")

// State is the state before any rule has claimed a path. What the user says holds for
// paths; patterns of packages are options alone.
func (im *Images) State(t testing.TB) *selection.State {
	t.Helper()
	opts := selection.Options{Keep: Patterns(t, im.Keep...), Drop: Patterns(t, im.Drop...)}
	in, base := im.image(t), im.base(t)
	said := func(name string, _ *layers.Node) (selection.Verdict, selection.Reason) {
		for _, p := range opts.Keep {
			if p.MatchPath(name) {
				return selection.Kept, selection.Reason{Rule: selection.ByKeep, Text: "--keep " + p.Text}
			}
		}
		for _, p := range opts.Drop {
			if p.MatchPath(name) {
				return selection.Dropped, selection.Reason{Rule: selection.ByDrop, Text: "--drop " + p.Text}
			}
		}
		return selection.Undecided, selection.Reason{}
	}
	return &selection.State{Image: in, Base: base, Options: opts, Selection: selection.NewSelection(in.Upper(), said)}
}

func (im *Images) image(t testing.TB) *selection.Image {
	t.Helper()
	config := im.config()
	config.Config = im.Config
	for range im.Cold {
		config.History = append(config.History, v1.History{CreatedBy: im.ColdStep})
	}
	// Debian merged /usr long ago: a layer that lacks the links is read through them.
	links := func(tree *layers.Tree) error {
		return errors.Join(tree.Assume("bin", "usr/bin"), tree.Assume("lib", "usr/lib"))
	}
	stack, err := layers.NewStack(len(im.Cold), links, func(_ context.Context, layer int) (*layers.Table, error) {
		if im.Broken[layer] {
			return nil, ErrBroken
		}
		return im.index(im.Cold[layer])
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range im.User {
		config.History = append(config.History, v1.History{CreatedBy: l.Step})
		im.apply(t, stack.Upper, len(im.Cold)+i, l.Entries)
	}
	config.RootFS.DiffIDs = make([]v1.Hash, len(config.History))
	return &selection.Image{Config: config, Stack: stack, Release: im.Release}
}

func (im *Images) base(t testing.TB) *selection.Base {
	t.Helper()
	tree := layers.NewTree()
	im.apply(t, tree, 0, im.Base)
	return &selection.Base{Tree: tree, Config: im.config(), Release: im.Release}
}

func (im *Images) config() *v1.ConfigFile {
	config := &v1.ConfigFile{OS: "linux", Architecture: "amd64"}
	if im.Arch != "" {
		config.Architecture = im.Arch
	}
	return config
}

func (im *Images) apply(t testing.TB, tree *layers.Tree, layer int, entries []lt.Entry) {
	t.Helper()
	table, err := im.index(entries)
	if err == nil {
		err = tree.Apply(layer, table)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (im *Images) index(entries []lt.Entry) (*layers.Table, error) {
	capture := im.Capture
	if capture == nil {
		capture = lt.All
	}
	return layers.Index(bytes.NewReader(lt.Tar(entries...)), capture, layers.DefaultLimits())
}

// Nothing is a capture that keeps no content.
func Nothing(*layers.Entry, io.Reader) ([]byte, error) { return nil, nil }

// Patterns parses patterns of --keep and --drop.
func Patterns(t testing.TB, texts ...string) (out []selection.Pattern) {
	t.Helper()
	for _, s := range texts {
		p, err := selection.ParsePattern(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}
