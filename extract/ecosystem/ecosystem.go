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

	// ConfiguredVersion is the version of the runtime that a config names; "" if it
	// names none. OwnsVariable reports whether a variable describes the runtime, and
	// so is the base's in a result.
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

	// Normalize returns the form in which names of packages are compared.
	Normalize func(name string) string
	// Distributions calls f for each package that an installer recorded in a tree,
	// with the files of it that exist there.
	Distributions func(t *layers.Tree, f func(d selection.Distribution, files []*layers.Node))
	// MetadataFile returns the path of the file that describes a package, which
	// IsMetadata knows by its name and ParseMetadata reads.
	MetadataFile  func(t *layers.Tree, d selection.Distribution) string
	IsMetadata    func(name string) bool
	ParseMetadata func(lines *bufio.Scanner) *Metadata

	// Select begins the ecosystem's part in a selection.
	Select func(s Scope) *Selecting
	// Opens lists the libraries that a kept file makes the runtime open, beside
	// those that its source names.
	Opens func(it *selection.Item) []Opening
	// ImpliedCalls lists the programs that a source starts by what it imports.
	ImpliedCalls func(s *source.Source) []source.Call
	// CacheFiles are patterns of files that its tools leave behind and that nothing
	// reads again; CacheDirs are directories of such files alone.
	CacheFiles, CacheDirs []string
	// SecretFiles are names of files that hold credentials of its tools.
	SecretFiles []string
	// BuildFiles are names of sources that build the application, and that nothing
	// runs in an image.
	BuildFiles []string
	// Unused reports whether a dropped file does no harm in a layer that is used
	// whole: the runtime of the base would not read it.
	Unused func(it *selection.Item, base *layers.Tree) bool

	// Verify is the ecosystem's part in the verification of an image.
	Verify check.Part
}

// Scope is what an ecosystem may look at in a selection.
type Scope struct {
	*selection.State
	Installed []Installed // its packages in the user's layers, but those of Debian packages
	Owner     selection.OwnerFunc
	// CacheBelow reports whether a path is a cache in a directory that holds other
	// things.
	CacheBelow func(name, dir string) bool
	// Started are the files that the container starts; it is filled while the rules
	// speak.
	Started map[*layers.Node]bool
}

// Selecting is an ecosystem's part in one selection. All functions are set.
type Selecting struct {
	// Rules claim paths, strongest first. Named are those that follow the WORKDIR
	// rule: they claim what variables name.
	Rules, Named []selection.Detector
	// Tools lists the programs that installed packages cannot do without.
	Tools func() []Tool
	// Derive gives what follows something else the verdict of that, after the rules
	// have spoken.
	Derive func()
	// Removals calls remove for the files of the base's packages that give way to
	// the user's. holds reports whether FAT's directory shows something of its own.
	Removals func(remove func(n *layers.Node, r selection.Reason))
	Holds    func(dir *layers.Node) bool
	// Interpreters keeps the interpreters that environments of the user need. keep
	// keeps a route to one.
	Interpreters func(ctx context.Context, v *view.View, keep func(route []*layers.Node, by *selection.Item, r selection.Reason)) error
	// IgnoreLink reports whether a kept link may lead nowhere.
	IgnoreLink func(link *layers.Node) bool
	// Prefix is the installation whose interpreter a node is, which is kept whole;
	// nil for other nodes.
	Prefix func(n *layers.Node) *layers.Node
	// System lists what the runtime of the base needs of FAT for what kept sources
	// import.
	System func() []SystemNeed
}

// Installed is a package that an installer recorded, with its files.
type Installed struct {
	selection.Distribution
	Files []*layers.Node
}

// Tool is a program that an installed package cannot do without.
type Tool struct {
	Name string // "git"
	Text string // the reason for people
	From string // the path that is the evidence
}

// SystemNeed is a file of the system that the base's runtime needs for what a kept
// source imports.
type SystemNeed struct {
	By     *selection.Item  // the source
	Reason selection.Reason // for what is kept
	// File is an absolute path that is read, "" if there is none; Libraries is a
	// file of the base whose libraries are missing, nil if there is none.
	File      string
	Libraries *layers.Node
}
