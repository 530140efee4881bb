// Package assemble makes slim images: [Slim] is the whole program.
//
// All input and output of registries and disks is here and in the package
// reference; what an image holds is layers' matter, and what of it to keep is
// extract's. Flags, terminals and exit codes are cmd/slimify's.
package assemble
