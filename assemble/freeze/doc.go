// Package freeze writes the distributions of a result as pinned requirements for pip. All
// of it is specific to Python.
package freeze
