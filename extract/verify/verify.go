// Package verify checks an image for what would break it: libraries that the
// dynamic loader does not find, missing interpreters and programs, unknown
// accounts. It runs nothing; trees go in and findings come out. It touches neither
// the network nor files.
//
// Each check is a row of the table in this file or of an ecosystem's. It looks at the
// image alone and reports problems. If there is an original image, a problem that the
// original has too is not a failure.
package verify

import (
	"context"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/layers"
)

// Severity says what a finding means.
type Severity string

// The severities.
const (
	Failure Severity = "failure" // the image is broken
	Note    Severity = "note"    // something may not work, or did not work in the original
)

// Finding is a problem of an image with its severity.
type Finding struct {
	Check    string
	Path     string // from the image's root, without a leading slash; "" for the configuration
	Message  string
	Severity Severity
}

// Result is what one check found.
type Result struct {
	Check    string
	Items    int    // how many things were checked
	Unit     string // what they are: "ELF file"
	Findings []Finding
}

// Failed reports whether one of the findings is a failure.
func (r *Result) Failed() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Severity == Failure })
}

// Subject is the image to verify.
type Subject struct {
	Config *v1.Config
	Tree   *layers.Tree
	// Base is the image that the first layers of the tree come from: then only the files
	// above them are verified. If it is nil, all files are verified that no Debian
	// package owns.
	Base *check.Image
	// Added is the first layer that is not the base's.
	Added int
	// Removed is set if paths of the base were removed: then its own files are verified
	// too.
	Removed bool
}

// checks is the table of all checks, in the order of reports.
func checks(ecosystems []*ecosystem.Ecosystem) []check.Check {
	elf, commands := newELFChecks(ecosystems), commandCheck{ecosystems}
	system := []check.Check{
		{Name: "elf", Unit: "ELF file", Run: elf.checkNeeded},
		{Name: "symbol-versions", Unit: "library", Run: elf.checkVersions},
		{Name: "loader-cache", Unit: "entry", Run: elf.checkCache},
		{Name: "shebangs", Unit: "script", Run: checkShebangs},
		{Name: "commands", Unit: "command", Run: commands.run},
		{Name: "environment", Unit: "path", Run: checkEnvironment},
		{Name: "symlinks", Unit: "symlink", Run: checkSymlinks},
	}
	var installed []check.Check
	for _, e := range ecosystems {
		installed = append(installed, e.Verify.Checks...)
	}
	accounts := []check.Check{
		{Name: "users", Unit: "name", Run: checkUsers},
		{Name: "dpkg", Unit: "package", Run: checkDpkg},
	}
	return slices.Concat(system, installed, accounts)
}

// Names lists the checks.
func Names(ecosystems []*ecosystem.Ecosystem) []string {
	var out []string
	for _, c := range checks(ecosystems) {
		out = append(out, c.Name)
	}
	return out
}

// Run runs all checks. With the original image, from which the subject was made,
// problems that the original has are notes and all others are failures. Without it,
// failures are the problems that break any image.
func Run(ctx context.Context, subject Subject, original *check.Image, ecosystems []*ecosystem.Ecosystem) ([]Result, error) {
	in := newInput(subject, ecosystems)
	in.Compared = original != nil
	var out []Result
	for _, c := range checks(ecosystems) {
		var problems []check.Problem
		items, err := c.Run(ctx, in, func(p check.Problem) { problems = append(problems, p) })
		if err != nil {
			return nil, err
		}
		r := Result{Check: c.Name, Items: items, Unit: c.Unit}
		for _, p := range problems {
			severity, err := severityOf(ctx, p, subject.Base, original)
			if err != nil {
				return nil, err
			}
			if severity != "" {
				r.Findings = append(r.Findings, Finding{c.Name, p.Path, p.Message, severity})
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// severityOf compares a problem with the base and with the original image, each of which
// may be nil. It returns "" if the problem is not reported.
func severityOf(ctx context.Context, p check.Problem, base, original *check.Image) (Severity, error) {
	if p.In == nil {
		return severity(!p.NoteOnly && (original != nil || p.Fatal)), nil
	}
	if base != nil && p.FromBase {
		if has, err := p.In(ctx, base); err != nil || has {
			return "", err
		}
	}
	if original == nil || p.NoteOnly && !p.NewOnly {
		return severity(p.Fatal && !p.NoteOnly), nil
	}
	has, err := p.In(ctx, original)
	if has && p.NewOnly {
		return "", err
	}
	return severity(!has && !p.NoteOnly), err
}

func severity(failure bool) Severity {
	if failure {
		return Failure
	}
	return Note
}

// newInput selects the nodes of the subject that are verified.
func newInput(subject Subject, ecosystems []*ecosystem.Ecosystem) *check.Input {
	var languages []evidence.Language
	for _, e := range ecosystems {
		languages = append(languages, e.Language)
	}
	in := &check.Input{
		Image:         check.MergedImage(subject.Config, subject.Tree),
		FromBase:      func(n *layers.Node) bool { return subject.Base != nil && n.Pos.Layer < subject.Added },
		IsApplication: func(name string) bool { return evidence.IsApplication(name, languages) },
	}
	ofPackage := func(*layers.Node) bool { return false }
	if subject.Base == nil {
		ofPackage = debian.Owned(subject.Tree)
	}
	subject.Tree.Walk(func(n *layers.Node) bool {
		if !n.Implied && !ofPackage(n) && (subject.Removed || !in.FromBase(n)) {
			in.Nodes = append(in.Nodes, n)
		}
		return true
	})
	return in
}
