// Package assemble turns images that were built in one stage into slim ones.
//
// [Slim] takes images of a program and returns one; [SlimRef] does the same for images in
// registries and files, which package reference names, and pushes the result. [Plan] and
// [Explain] say what would be kept and why, [Compare] puts two images side by side, and
// [Verify] looks for what would break one. All return documents of package report.
//
// Each of them reads as its design; the steps are in the packages below. What is in an
// image is package layers' subject, and what of it is kept is package extract's. Errors
// that a user can act on are typed:
//
//   - of reference: a registry or a file that cannot be read or written
//   - of image: content that is corrupt, a platform that an index lacks, a full disk
//   - of analyze: no slim base that fits
//   - of extract: an image that cannot be slimmed, an option that matches nothing
//   - of gate: limits that the result exceeds, undecided items in a strict run
//   - of trial: programs that cannot be run
//   - of this package: a result that failed its verification, a run that failed after
//     it had written a destination
package assemble
