// Package verify looks in an image for what would break it: libraries that no
// loader finds, interpreters and programs that are not there, accounts that
// nobody has. It runs nothing; it is given trees and gives back findings, and
// touches neither the network nor files.
//
// Each check is one line of the table in this file. It looks at the image alone
// and reports candidates; where another image is given to compare with, a
// candidate that holds there too breaks nothing that worked.
package verify

import (
	"context"
	"errors"
	"io/fs"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/elffile"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/layers"
)

// Severity says what a finding means.
type Severity string

// The severities.
const (
	Failure Severity = "failure" // the image is broken
	Note    Severity = "note"    // something may not work, or never did
)

// Finding is something that is amiss in an image.
type Finding struct {
	Check    string
	Path     string // from the image's root, without a leading slash; "" for the configuration
	Message  string
	Severity Severity
}

// Result is what one check found.
type Result struct {
	Check    string
	Looked   int    // how many things it looked at
	Unit     string // what they are: "ELF file"
	Findings []Finding
}

// Failed reports whether there is a failure among the findings.
func (r *Result) Failed() bool {
	for _, f := range r.Findings {
		if f.Severity == Failure {
			return true
		}
	}
	return false
}

// Image is an image to look at or to compare with. Cold layers of its stack are
// read when a finding needs them.
type Image struct {
	Config *v1.Config
	Stack  *layers.Stack
	// Lacks tells of nodes that count as not there: what the user left out
	// knowingly. Nil means none.
	Lacks func(*layers.Node) bool
}

// Whole is an image of which all layers are merged.
func Whole(config *v1.Config, tree *layers.Tree) *Image {
	return &Image{Config: config, Stack: &layers.Stack{Upper: tree}}
}

// Subject is the image to verify.
type Subject struct {
	Config *v1.Config
	Tree   *layers.Tree
	// Base is the image whose layers are the first of the tree, if only what was
	// put on it is to be verified; nil to verify all that no Debian package
	// owns.
	Base *Image
	// Added is the first layer that Base has not.
	Added int
	// Removed is set if paths of Base are gone: then its own files are looked at
	// too.
	Removed bool
}

// check is a row of the table. It returns how many things it looked at.
type check struct {
	name string
	unit string
	look func(ctx context.Context, s *scene, report func(candidate)) (looked int, err error)
}

// checks is the table of all checks, in the order in which they are told.
func checks() []check {
	return []check{
		{"elf", "ELF file", checkELF},
		{"symbol-versions", "library", checkVersions},
		{"loader-cache", "entry", checkCache},
		{"shebangs", "script", checkShebangs},
		{"commands", "command", checkCommands},
		{"symlinks", "symlink", checkSymlinks},
		{"record", "file", checkRecord},
		{"imports", "import", checkImports},
		{"users", "name", checkUsers},
		{"dpkg", "package", checkDpkg},
	}
}

// Names lists the checks.
func Names() []string {
	var out []string
	for _, c := range checks() {
		out = append(out, c.name)
	}
	return out
}

// candidate is a finding that nobody has compared yet.
type candidate struct {
	path    string
	message string
	// certain tells that the image is broken whatever it was made of.
	certain bool
	// never tells that it is no failure, whatever it was made of.
	never bool
	// own tells that it is not worth a note where it holds in the fat image too.
	own bool
	// inherited tells that it may be the base's: then what holds there is no
	// finding.
	inherited bool
	// holds reports whether it holds in another image too; nil if it cannot.
	holds func(ctx context.Context, other *Image) (bool, error)
}

// Run makes all checks. With a fat image, of which the subject was made, what
// holds there too is a note and all else a failure. Without one, failures are
// those that break any image.
func Run(ctx context.Context, subject Subject, fat *Image) ([]Result, error) {
	s := newScene(subject)
	s.compared = fat != nil
	var out []Result
	for _, c := range checks() {
		var found []candidate
		looked, err := c.look(ctx, s, func(f candidate) { found = append(found, f) })
		if err != nil {
			return nil, err
		}
		r := Result{Check: c.name, Looked: looked, Unit: c.unit}
		for _, f := range found {
			severity, err := s.judge(ctx, f, fat)
			if err != nil {
				return nil, err
			}
			if severity != "" {
				r.Findings = append(r.Findings, Finding{c.name, f.path, f.message, severity})
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// judge gives a candidate its severity; "" if it is no finding.
func (s *scene) judge(ctx context.Context, f candidate, fat *Image) (Severity, error) {
	if f.holds == nil {
		return severity(!f.never && (fat != nil || f.certain)), nil
	}
	if s.Base != nil && f.inherited {
		if holds, err := f.holds(ctx, s.Base); err != nil || holds {
			return "", err
		}
	}
	if fat == nil || f.never && !f.own {
		return severity(f.certain && !f.never), nil
	}
	holds, err := f.holds(ctx, fat)
	if holds && f.own {
		return "", err
	}
	return severity(!holds && !f.never), err
}

func severity(failure bool) Severity {
	if failure {
		return Failure
	}
	return Note
}

// scene is what a check may look at.
type scene struct {
	Subject
	image *Image         // the subject as an image
	nodes []*layers.Node // all that is to be verified, in order of their paths
	elves map[*layers.Entry]*elffile.Info

	// owned tells of what Debian packages brought; nil until somebody asks.
	owned func(*layers.Node) bool
	// compared is set if there is another image to compare with.
	compared bool
	linked   *linkage // see link
}

func newScene(subject Subject) *scene {
	s := &scene{Subject: subject, image: Whole(subject.Config, subject.Tree), elves: make(map[*layers.Entry]*elffile.Info)}
	s.Tree.Walk(func(n *layers.Node) bool {
		switch {
		case n.Implied:
		case s.Base == nil && s.debian(n):
		case s.inherited(n) && !s.Removed:
		default:
			s.nodes = append(s.nodes, n)
		}
		return true
	})
	return s
}

// inherited reports whether a node is the base's own.
func (s *scene) inherited(n *layers.Node) bool { return s.Base != nil && n.Pos.Layer < s.Added }

// debian reports whether a Debian package brought a node.
func (s *scene) debian(n *layers.Node) bool {
	if s.owned == nil {
		s.owned = debian.Owned(s.Tree)
	}
	return s.owned(n)
}

// elf is what the loader reads of a file; nil if it is no ELF file.
func (s *scene) elf(n *layers.Node) *elffile.Info {
	info, known := s.elves[n.Entry]
	if !known {
		info = evidence.ELF(n)
		s.elves[n.Entry] = info
	}
	return info
}

// absent reports whether an error says that a path leads nowhere.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, layers.ErrLinkLoop)
}

// executable reports whether a node is a file that somebody may run.
func executable(n *layers.Node) bool { return n.Kind == layers.File && n.Mode&0o111 != 0 }

// has reports whether a node of the image counts as being there. A directory
// without a header of its own is there by what it holds.
func (img *Image) has(n *layers.Node) bool {
	return (!n.Implied || len(n.Children()) > 0) && (img.Lacks == nil || !img.Lacks(n))
}

// find returns what the first of several paths that want accepts leads to; nil
// if there is none.
func (img *Image) find(ctx context.Context, names []string, want func(*layers.Node) bool) (*layers.Node, error) {
	var found *layers.Node
	_, err := img.Stack.Find(ctx, names, func(n *layers.Node) bool {
		if !img.has(n) || !want(n) {
			return false
		}
		found = n
		return true
	})
	if absent(err) {
		return nil, nil
	}
	return found, err
}

// findUpper is find in the layers that are merged already.
func (img *Image) findUpper(names []string, want func(*layers.Node) bool) *layers.Node {
	for _, name := range names {
		if n, err := img.Stack.Upper.Resolve(name); err == nil && img.has(n) && want(n) {
			return n
		}
	}
	return nil
}

// hasProgram reports whether one of several paths leads to a program.
func (img *Image) hasProgram(ctx context.Context, names []string) (bool, error) {
	n, err := img.find(ctx, names, executable)
	return n != nil, err
}

func anything(*layers.Node) bool { return true }
