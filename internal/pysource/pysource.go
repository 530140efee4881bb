// Package pysource reads from Python source what it imports, which programs it
// starts and which shared libraries it opens, as far as literals tell. It knows
// Python's tokens ("Lexical analysis" in the language reference) and the shape
// of statements, not its grammar: sources of any version of Python, with faults
// too, give what can be read of them. Nothing is run, and no input is an error.
package pysource

import (
	"bytes"
	"slices"
)

// Source is what a file tells.
type Source struct {
	Imports   []Import  `json:"imports,omitempty"`
	Calls     []Call    `json:"calls,omitempty"`
	Libraries []Library `json:"libraries,omitempty"`
}

// Import is an import statement's module, one for each that it names.
type Import struct {
	Module string   `json:"module,omitempty"` // "a.b"; "" in "from . import c"
	Names  []string `json:"names,omitempty"`  // of a "from" import: "c", or "*"
	Level  int      `json:"level,omitempty"`  // leading dots of a relative import
	Line   int      `json:"line"`
	// Guarded says that the program expects to go without: the import stands in
	// a try block that catches its failure, in the handler of one, or below a
	// condition on TYPE_CHECKING, the platform or the version.
	Guarded bool `json:"guarded,omitempty"`
	// Deferred says that it stands in a function, and fails when that is called.
	Deferred bool `json:"deferred,omitempty"`
}

// Call starts a program that is named by a literal.
type Call struct {
	Func string `json:"func"` // "subprocess.run"
	// Arg is the program, or with Shell a text for the shell. What is not
	// literal of it reads "$_".
	Arg   string `json:"arg"`
	Shell bool   `json:"shell,omitempty"`
	// Implied says that the function starts the program of its own accord: a
	// compiler, of which "gcc" stands for all.
	Implied bool `json:"implied,omitempty"`
	Line    int  `json:"line"`
}

// Library names a shared library that is opened: "libmagic.so.1", a path, or
// for a name without the rest ("magic") the pattern "libmagic.so*".
type Library struct {
	Name string `json:"name"`
	Text string `json:"text,omitempty"` // how the source asks: `find_library("magic")`
	Line int    `json:"line"`
}

// Empty reports whether the file told nothing.
func (s *Source) Empty() bool {
	return len(s.Imports) == 0 && len(s.Calls) == 0 && len(s.Libraries) == 0
}

// maxFound bounds each list of a Source: what a person writes is far below, and
// generated code says nothing new after that.
const maxFound = 2000

// Scan reads a source.
func Scan(src []byte) Source {
	s := newScanner(src)
	s.wantImports = true
	s.scan()
	return s.out
}

// ScanLibraries returns only the libraries of a source. One without any of the
// words that it takes to open a library costs a search for those.
func ScanLibraries(src []byte) []Library {
	if !opens(src) {
		return nil
	}
	s := newScanner(src)
	s.scan()
	return s.out.Libraries
}

func opens(src []byte) bool {
	return slices.ContainsFunc(opensLibraries, func(word []byte) bool { return bytes.Contains(src, word) })
}
