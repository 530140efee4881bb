package extract

import (
	"context"
	"io"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/explain"
	"github.com/slimify/slimify/extract/inventory"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/extract/python"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// Ecosystems is the table of ecosystems whose runtimes and packages slimify knows.
func Ecosystems() []*ecosystem.Ecosystem { return []*ecosystem.Ecosystem{python.Ecosystem()} }

// ecosystemOf returns the ecosystem of a runtime; the first one if there is none.
func ecosystemOf(r selection.Runtime) *ecosystem.Ecosystem {
	all := Ecosystems()
	return all[max(0, slices.IndexFunc(all, func(e *ecosystem.Ecosystem) bool { return e.Name == r.Name }))]
}

// languages are those of all ecosystems.
func languages() []evidence.Language {
	var out []evidence.Language
	for _, e := range Ecosystems() {
		out = append(out, e.Language)
	}
	return out
}

// NewCapturer returns the capturer with which layers are indexed for [Select].
// scratch makes a temporary file for a large ELF file; closing it removes it.
func NewCapturer(scratch func() (evidence.Scratch, error)) *evidence.Capturer {
	return evidence.NewCapturer(scratch, languages()...)
}

// ConfiguredRuntime is the runtime that a config names; its version is "" if it names
// none.
func ConfiguredRuntime(config *v1.ConfigFile) selection.Runtime {
	for _, e := range Ecosystems() {
		if v := e.ConfiguredVersion(config); v != "" {
			return selection.Runtime{Name: e.Name, Version: v}
		}
	}
	return selection.Runtime{}
}

// DefaultRepository is where slim images are looked for.
func DefaultRepository() string { return Ecosystems()[0].Official.Repository }

// RuntimeTitle names a runtime for people: "Python 3.12.4".
func RuntimeTitle(r selection.Runtime) string {
	return strings.TrimSpace(ecosystemOf(r).Title + " " + r.Version)
}

// OwnsVariable reports whether an environment variable describes a runtime, and so is
// the base's in a result.
func OwnsVariable(name string) bool {
	return slices.ContainsFunc(Ecosystems(), func(e *ecosystem.Ecosystem) bool { return e.OwnsVariable(name) })
}

// RuntimeOf names the runtime that a file of an official image belongs to which no
// package owns; "" if it lies elsewhere.
func RuntimeOf(name string) string {
	for _, e := range Ecosystems() {
		if strings.HasPrefix(name, e.Prefix+"/") {
			return e.Implementation
		}
	}
	return ""
}

// FindRuntime returns the runtime that an image starts its application with. If the
// image has no known runtime, the error names what it has instead.
func FindRuntime(ctx context.Context, config *v1.ConfigFile, stack *layers.Stack) (r selection.Runtime, err error) {
	for _, e := range slices.Backward(Ecosystems()) {
		if r, err = e.FindRuntime(ctx, config, stack); err == nil {
			return r, nil
		}
	}
	return r, err
}

// Boundary returns how many of an image's first layers belong to an official image,
// 0 if its history does not show one.
func Boundary(config *v1.ConfigFile) int {
	for _, e := range Ecosystems() {
		if n := official.Boundary(config, &e.Official); n > 0 {
			return n
		}
	}
	return 0
}

// OnSlim reports whether the official image below a boundary is a slim one.
func OnSlim(config *v1.ConfigFile, boundary int) bool {
	return slices.ContainsFunc(Ecosystems(), func(e *ecosystem.Ecosystem) bool { return official.OnSlim(config, boundary, &e.Official) })
}

// BaseTags lists the tags of the slim images that fit a runtime and a Debian
// release, best first.
func BaseTags(r selection.Runtime, release string) []string {
	return ecosystemOf(r).Official.BaseTags(r, release)
}

// OfficialTags lists the tags that an official image of a runtime may have; slim
// leaves only those of slim images.
func OfficialTags(r selection.Runtime, slim bool) []string {
	return ecosystemOf(r).Official.Tags(r.Version, slim)
}

// Refuse returns a [*official.MismatchError] for an image that cannot run on any
// Debian slim image.
func Refuse(in *selection.Image) error { return official.Refuse(in, &ecosystemOf(in.Runtime).Official) }

// CheckBase returns a [*official.MismatchError] if the image's files cannot run on the
// base.
func CheckBase(in *selection.Image, base *selection.Base) error {
	e := ecosystemOf(in.Runtime)
	return official.CheckBase(in, base, &e.Official, e.CheckBase)
}

// InstalledPackages lists the packages that installers recorded in a tree.
func InstalledPackages(t *layers.Tree) []selection.Distribution {
	var out []selection.Distribution
	for _, e := range Ecosystems() {
		e.Distributions(t, func(d selection.Distribution, _ []*layers.Node) { out = append(out, d) })
	}
	return out
}

// Explain explains what a selection decided about the paths of a query, and why. It
// reads cold layers only if nothing is found elsewhere, or all of them with all set.
// It returns an [*explain.NotFoundError] if nothing matches.
func Explain(ctx context.Context, s *selection.State, q explain.Query, all bool) (*explain.Answer, error) {
	return explain.Explain(ctx, s, Ecosystems(), q, all)
}

// OwnersIn returns who owns the nodes of a tree.
func OwnersIn(t *layers.Tree) func(*layers.Node) explain.Owner {
	return explain.OwnersIn(t, Ecosystems())
}

// EachVerdict calls f for each path of FAT except directories, with its verdict. All
// layers are read.
func EachVerdict(ctx context.Context, s *selection.State, f func(explain.PathVerdict)) error {
	return explain.EachVerdict(ctx, s, Ecosystems(), f)
}

// NewInventory lists what a tree holds. facts returns what was read from the content
// of a regular file.
func NewInventory(t *layers.Tree, r selection.Runtime, facts func(*layers.Node) inventory.FileFacts) *inventory.Inventory {
	return inventory.New(t, r, Ecosystems(), facts)
}

// ParseMetadata reads a package's metadata from one of its files; nil for files without
// any.
func ParseMetadata(name string, content io.Reader) (*ecosystem.Metadata, error) {
	return inventory.ParseMetadata(name, content, Ecosystems())
}

// PackageKey is the form in which names of packages are compared.
func PackageKey(name string) string { return Ecosystems()[0].Normalize(name) }
