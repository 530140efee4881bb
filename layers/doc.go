// Package layers tells what is in an image: it indexes layer streams and
// merges their tables of contents into one tree, by the rules of the OCI image
// specification ("Image Layer Filesystem Changeset").
//
// It takes no decisions and does no input or output of its own: callers hand
// it readers and get tables, trees and errors that name the offending entry.
// It may import neither net/http nor os. Nothing is unpacked; what stays in
// memory is one [Entry] for each tar header and the small pieces of content
// that a [Capture] asked for.
//
// The types, in the order in which data flows through them: [Decompress] opens
// a blob, [Index] reads it into a [Table], [Tree.Apply] merges tables, lowest
// first, and a [Stack] is an image of which only some layers have been read.
package layers
