// Package python is the Python ecosystem: all that slimify knows of CPython and its
// packages.
//
// ecosystem.go fills the [ecosystem.Ecosystem] that general code calls; the other files
// hold its functions, a subject each. No general package of extract imports this
// one; the table in package extract does.
package python
