// Package explain answers questions about a selection: what happens to a path, a library or
// a package, and why.
//
// It reads verdicts and never changes one. A chain of reasons leads from a path to the
// step of the Dockerfile that is its origin.
package explain
