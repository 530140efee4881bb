// Package extract decides what of an image to keep, and says why.
//
// It is pure: an [Image] and a [Base] go in, a [Selection] comes out that has a
// verdict and a reason for every path, and [NewPlan] turns that into the layers
// to write. It imports layers and nothing that reads a network or a disk; what
// it wants to know of a file's content it asks for by [Capture] while layers
// are indexed.
//
// The rules stand in one table, in rules.go; each has a file of its own.
package extract
