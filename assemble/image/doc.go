// Package image opens images and reads each of their layers once: in one pass that
// verifies, decompresses and indexes it.
//
// Temporary files lie in one directory, which Close of the [Reader] removes.
package image
