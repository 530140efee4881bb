// Package extract decides what of an image to keep, and says why.
//
// It is pure: a [selection.Image] and a [selection.Base] go in, and [Select] returns a
// [selection.Selection] with a verdict and a reason for every path. [plan.New] turns
// that into the layers to write. The capturer of [NewCapturer] keeps what the rules
// read of files while layers are indexed.
//
// This package holds three tables and nothing else: the rules (rules.go), the order of
// passes (passes.go), and the ecosystems (ecosystems.go). The packages below it do the
// work: selection has the verdicts, evidence what is kept of files, python one
// ecosystem. None of them imports this package, and none reads a network or a disk.
package extract
