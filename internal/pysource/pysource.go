// Package pysource reads from Python source what it imports, which programs it
// starts and which shared libraries it opens, as far as literals tell. It knows
// Python's tokens ("Lexical analysis" in the language reference) and the shape
// of statements, not its grammar: sources of any version of Python, with faults
// too, give what can be read of them. Nothing is run, and no input is an error.
package pysource

import (
	"bytes"
	"slices"

	"github.com/slimify/slimify/internal/source"
)

// maxFound bounds each list of a [source.Source]: what a person writes is far below, and
// generated code says nothing new after that.
const maxFound = 2000

// Scan reads a source.
func Scan(src []byte) source.Source {
	s := newScanner(src)
	s.wantImports = true
	s.scan()
	return s.out
}

// ScanLibraries returns only the libraries of a source. One without any of the
// words that it takes to open a library costs a search for those.
func ScanLibraries(src []byte) []source.Library {
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
