package extract

import (
	"context"
	"io"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/layers"
)

// ecosystemOf returns the ecosystem of a runtime; the first one if there is none.
func ecosystemOf(r Runtime) *Ecosystem {
	all := Ecosystems()
	return all[max(0, slices.IndexFunc(all, func(e *Ecosystem) bool { return e.Name == r.Name }))]
}

// languages are those of all ecosystems.
func languages() []Language {
	var out []Language
	for _, e := range Ecosystems() {
		out = append(out, e.Language)
	}
	return out
}

// NewCapturer returns the capturer with which layers are indexed for [Select].
// scratch makes a temporary file for a large ELF file; closing it removes it.
func NewCapturer(scratch func() (Scratch, error)) *Capturer {
	return newCapturer(scratch, languages()...)
}

// IsApplication reports whether a path may be the user's own: it lies neither in
// the system's directories nor among installed packages.
func IsApplication(name string) bool { return isApplicationFile(name, languages()) }

// FindRuntime returns the runtime that an image starts its application with. The
// error says what the image has instead, if it has none that is known.
func FindRuntime(ctx context.Context, config *v1.ConfigFile, stack *layers.Stack) (r Runtime, err error) {
	for _, e := range slices.Backward(Ecosystems()) {
		if r, err = e.FindRuntime(ctx, config, stack); err == nil {
			return r, nil
		}
	}
	return r, err
}

// Boundary returns how many of an image's first layers belong to an official image,
// and 0 if its history does not say so.
func Boundary(config *v1.ConfigFile) int {
	for _, e := range Ecosystems() {
		if n := officialBoundary(config, &e.Official); n > 0 {
			return n
		}
	}
	return 0
}

// OnSlim reports whether the official image below a boundary is a slim one.
func OnSlim(config *v1.ConfigFile, boundary int) bool {
	return slices.ContainsFunc(Ecosystems(), func(e *Ecosystem) bool { return officialOnSlim(config, boundary, &e.Official) })
}

// BaseTags lists the tags of the slim images that fit a runtime and a Debian
// release, best first.
func BaseTags(r Runtime, suite string) []string { return ecosystemOf(r).Official.BaseTags(r, suite) }

// OfficialTags lists the tags that an official image of a runtime may have; slim
// leaves only those of slim images.
func OfficialTags(r Runtime, slim bool) []string {
	return ecosystemOf(r).Official.Tags(r.Version, slim)
}

// Refuse returns a [*MismatchError] for an image that no Debian slim image can
// carry.
func Refuse(in *Image) error { return refuseMusl(in, &ecosystemOf(in.Runtime).Official) }

// CheckBase returns a [*MismatchError] if the image's files cannot run on the base.
func CheckBase(in *Image, base *Base) error { return checkFit(in, base, ecosystemOf(in.Runtime)) }

// Installed lists the packages that installers recorded in a tree.
func InstalledIn(t *layers.Tree) []Distribution {
	var out []Distribution
	for _, e := range Ecosystems() {
		e.Distributions(t, func(d Distribution, _ []*layers.Node) { out = append(out, d) })
	}
	return out
}

// Explain says what a selection decided about what a user names, and why. It reads
// cold layers only if the item isn't found elsewhere, or all of them with all set.
// It returns an [*UnknownWhatError] for what is nowhere.
func Explain(ctx context.Context, in *Image, base *Base, sel *Selection, what What, all bool) (*Explanation, error) {
	return explainSelection(ctx, in, base, sel, Ecosystems(), what, all)
}

// OwnersIn returns who owns the nodes of a tree.
func OwnersIn(t *layers.Tree) func(*layers.Node) Owner { return ownersByFile(t, Ecosystems()) }

// EachFate calls f for each path of FAT that is no directory, with what becomes of
// it. All layers are read.
func EachFate(ctx context.Context, in *Image, base *Base, sel *Selection, f func(Fate)) error {
	return eachVerdict(ctx, in, base, sel, Ecosystems(), f)
}

// NewInventory lists what a tree holds. facts returns what the content of its
// regular files says.
func NewInventory(t *layers.Tree, r Runtime, facts func(*layers.Node) FileFacts) *Inventory {
	return newInventory(t, r, Ecosystems(), facts)
}

// ParseMetadata reads what a file says about its package; nil for files that say
// nothing.
func ParseMetadata(name string, content io.Reader) (*Metadata, error) {
	return parsePackageMetadata(name, content, Ecosystems())
}
