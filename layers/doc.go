// Package layers indexes the layers of an image and merges their tables of
// contents into one tree, as the OCI image specification demands ("Image Layer
// Filesystem Changeset").
//
// It takes no decisions and does no input or output of its own: callers pass
// readers and get tables, trees and errors that name the offending entry. It
// may import neither net/http nor os. Nothing is unpacked: only one [Entry] per
// tar header and the small pieces of content that a [Capture] returns stay in
// memory.
//
// The types, in the order in which data flows through them: [Decompress] opens
// a blob, [Index] reads it into a [Table], [Tree.Apply] merges tables, lowest
// first, and a [Stack] is an image of which only some layers have been read.
package layers
