// Package debian knows which Debian package owns a file, and moves packages to SLIM.
//
// [Ownership] reads dpkg's lists of files; [Mover] keeps whole packages with their
// dependencies, and merges them into the base's dpkg database. Of extract
// it imports only selection: it knows nothing of ecosystems, commands or ELF files.
package debian
