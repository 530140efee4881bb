// Package image opens images and reads each of their layers once, in one pass that
// verifies, decompresses and indexes it.
//
// A run shares one [Reader]. Its temporary files lie in one directory, which Close removes.
package image
