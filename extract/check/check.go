// Package check has the types of a check: the image that it looks at, and the
// problems that it reports.
//
// The checks themselves are in [github.com/slimify/slimify/extract/verify] and in the
// packages of the ecosystems.
package check

import (
	"context"

	"github.com/slimify/slimify/layers"
)

// Check looks for one kind of problem.
type Check struct {
	Name string
	Unit string // of the items: "ELF file"
	// Run reports the problems of an image, and returns how many items it checked.
	Run func(ctx context.Context, in *Input, report func(Problem)) (items int, err error)
}

// Problem is something that may break an image. Whether it is a failure depends on the
// original image: what the original has too breaks nothing that worked.
type Problem struct {
	Path    string // from the image's root, without a leading slash; "" for the configuration
	Message string
	// Fatal means that the problem is a failure even if there is no original image.
	Fatal bool
	// NoteOnly means that the problem is never a failure.
	NoteOnly bool
	// NewOnly means that the problem is not reported if the original image has it.
	NewOnly bool
	// FromBase means that the problem may be one of the base: then it is not reported if
	// the base has it.
	FromBase bool
	// In reports whether another image has the problem too; nil if none can.
	In func(ctx context.Context, other *Image) (bool, error)
}

// Part is what an ecosystem adds to the verification of an image. All functions are set.
type Part struct {
	// Checks are the rows that the ecosystem adds to the table of checks.
	Checks []Check
	// Script returns the file that a command gives to the ecosystem's interpreter to run;
	// "" if it starts another program or runs no file. Words are the program and its
	// arguments.
	Script func(words []string) string
	// IsExtension reports whether an ELF file is a module that the runtime loads by its
	// name: then its libraries are needed.
	IsExtension func(name string) bool
	// IsOptionalExtension reports whether an ELF file is a module of the standard library.
	// Official slim images have some without their libraries. Only Checks know whether
	// the application uses one.
	IsOptionalExtension func(name string) bool
}

// Input is the image that a check looks at.
type Input struct {
	*Image // with all layers merged
	// Nodes are what is checked, in order of path.
	Nodes []*layers.Node
	// FromBase reports whether a node lies in a layer of the base.
	FromBase func(*layers.Node) bool
	// IsApplication reports whether a path may be the user's own: it lies neither in the
	// system's directories nor among installed packages.
	IsApplication func(name string) bool
	// Compared is set if there is an original image.
	Compared bool
}

// Tree is all layers of the image.
func (in *Input) Tree() *layers.Tree { return in.Stack.Upper }
