// Package inventory lists the packages and files of an image, for a bill of materials.
//
// It reads a tree and what was read of its files; it needs no selection. An ecosystem
// gives the packages of its installers and reads their metadata.
package inventory
