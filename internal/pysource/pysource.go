// Package pysource finds the imports of Python source, and the programs that it
// starts and shared libraries that it opens by literal names. It knows Python's
// tokens ("Lexical analysis" in the language reference) and the shape of
// statements, not the grammar, so it reads sources of any version of Python,
// even with syntax errors. It runs nothing and accepts any input.
package pysource

import (
	"bytes"
	"slices"

	"github.com/slimify/slimify/extract/source"
)

// maxFound bounds each list of a [source.Source], far above what people write.
const maxFound = 2000

// Scan finds the imports, calls and libraries of a source.
func Scan(src []byte) source.Source {
	s := newScanner(src)
	s.wantImports = true
	s.scan()
	return s.out
}

// ScanLibraries returns only the libraries of a source. It skips sources
// without any of the words in opensLibraries.
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
