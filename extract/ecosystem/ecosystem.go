package ecosystem

import (
	"bufio"
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/source"
	"github.com/slimify/slimify/extract/view"
	"github.com/slimify/slimify/layers"
)

// Ecosystem is what general code asks of one language's runtime and packages. All
// functions are set.
type Ecosystem struct {
	Name  string // in reports and records: "python"
	Title string // for people: "Python"
	// Implementation names the runtime of the official images: "CPython". They install
	// it below Prefix, where Debian has nothing.
	Implementation, Prefix string
	PURLType               string // of package URLs: "pypi"
	Language               evidence.Language

	// ConfiguredVersion returns the runtime's version in a config, or "". OwnsVariable
	// reports whether a variable describes the runtime: a result has the base's value.
	ConfiguredVersion func(config *v1.ConfigFile) string
	OwnsVariable      func(name string) bool
	// FindRuntime returns the runtime of an image. The error is a [*NoRuntimeError] if
	// it has none.
	FindRuntime func(ctx context.Context, config *v1.ConfigFile, stack *layers.Stack) (selection.Runtime, error)
	// RuntimeFile reports whether a path belongs to the runtime itself, as the
	// official images build it from source.
	RuntimeFile func(name string, r selection.Runtime) bool
	// RuntimeDir is the directory of its standard library.
	RuntimeDir func(r selection.Runtime) string
	// CheckBase returns an error if the packages of an image cannot run on the
	// runtime of a base; way says what the user can do.
	CheckBase func(in *selection.Image, base *selection.Base, way string) error
	Official  official.Family

	// Normalize returns a package's name in the form in which names are compared.
	Normalize func(name string) string
	// Distributions calls f for each package that an installer recorded in a tree, with
	// those of its files that exist there.
	Distributions func(t *layers.Tree, f func(d selection.Distribution, files []*layers.Node))
	// MetadataFile returns the path of a package's metadata, IsMetadata reports whether
	// a path is such a file, and ParseMetadata reads one.
	MetadataFile  func(t *layers.Tree, d selection.Distribution) string
	IsMetadata    func(name string) bool
	ParseMetadata func(lines *bufio.Scanner) *Metadata

	// Select begins the ecosystem's part in a selection.
	Select func(s Scope) *Selecting
	// Opens lists the libraries that a kept file makes the runtime open, in addition to
	// those that its source names.
	Opens func(it *selection.Item) []Opening
	// ImpliedCalls lists the programs that imported modules start.
	ImpliedCalls func(s *source.Source) []source.Call
	// CacheFiles are patterns of files that its tools leave and nothing reads again;
	// CacheDirs are directories that hold only such files.
	CacheFiles, CacheDirs []string
	// CacheVariables name the places of its tools' caches.
	CacheVariables []string
	// SecretFiles are names of files that hold credentials of its tools.
	SecretFiles []string
	// BuildFiles are names of sources that build the application and never run in an
	// image.
	BuildFiles []string
	// Unused reports whether a dropped file may stay in a reused layer: the base's
	// runtime would not read it.
	Unused func(it *selection.Item, base *layers.Tree) bool

	// Verify is the ecosystem's part in the verification of an image.
	Verify check.Part
}

// Scope is what an ecosystem may read in a selection.
type Scope struct {
	*selection.State
	Installed []Installed // its packages in the user's layers, except those of Debian packages
	Owner     selection.OwnerFunc
	// CacheBelow reports whether a path is a cache below dir. It reports false if dir
	// itself lies among caches.
	CacheBelow func(name, dir string) bool
	// Started are the files that the container starts; rules fill it.
	Started map[*layers.Node]bool
}

// Selecting is an ecosystem's part in one selection. All functions are set.
type Selecting struct {
	// Rules claim paths, strongest first. Named come after the rule for WORKDIR: they
	// claim what environment variables name.
	Rules, Named []selection.Detector
	// Tools lists the programs that installed packages require.
	Tools func() []Tool
	// Derive gives derived files, such as bytecode, the verdict of their sources. It runs
	// after the rules.
	Derive func()
	// Removals calls remove for files of the base's packages that the user's packages
	// replace. Holds reports whether a directory of FAT has content that replaces the
	// base's.
	Removals func(remove func(n *layers.Node, r selection.Reason))
	Holds    func(dir *layers.Node) bool
	// Interpreters keeps the interpreters that the user's environments need, each with a
	// call of keep for the route to it.
	Interpreters func(ctx context.Context, v *view.View, keep func(route []*layers.Node, by *selection.Item, r selection.Reason)) error
	// IgnoreLink reports whether the target of a kept link is not needed.
	IgnoreLink func(link *layers.Node) bool
	// Prefix returns the installation whose interpreter a node is, which is kept whole;
	// nil for other nodes.
	Prefix func(n *layers.Node) *layers.Node
	// System lists the files of FAT that the base's runtime needs for the imports of
	// kept sources.
	System func() []SystemNeed
}

// Installed is a package that an installer recorded, with its files.
type Installed struct {
	selection.Distribution
	Files []*layers.Node
}

// Tool is a program that an installed package requires.
type Tool struct {
	Name string // "git"
	Text string // the reason for people
	From string // the path that is the evidence
}

// SystemNeed is a system file that the base's runtime needs for an import of a kept
// source.
type SystemNeed struct {
	By     *selection.Item  // the source
	Reason selection.Reason // for what is kept
	// File is the absolute path of a file to keep, or "". Libraries is a file of the base
	// whose missing libraries are to be kept, or nil.
	File      string
	Libraries *layers.Node
}
