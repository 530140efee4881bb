// Package plan turns a selection into layers: new ones to write, and layers of FAT to
// reuse.
//
// It decides nothing about paths, except that the unused files in a reused layer
// are kept. The digests of the result depend on the order that it gives entries.
package plan
