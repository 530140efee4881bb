// Package reference opens and writes images by reference: in a registry, in an
// OCI layout (a directory or an archive) and in a Docker archive.
//
// [Parse] reads what a user typed. A [Session] holds what one run shares (one
// HTTP transport, one ping and one token per repository, the spool) and its
// methods Open, Write and Writable take a [Ref] of any transport:
//
//	s, err := reference.NewSession(reference.Options{})
//	src, err := s.Open(ctx, ref)      // one manifest, nothing else
//	digest, err := s.Write(ctx, dst, src.Image)
//
// The package knows nothing about Python, packages or the contents of layers: it
// returns and takes [v1.Image] and [v1.ImageIndex] values. It verifies
// everything that it reads: manifests by their digests and media types, blobs by
// digest and size to their end.
//
// Errors are typed by what a caller can do about them: [*ParseError],
// [*NotFoundError], [*AuthError], [*UnreachableError], [*RegistryError],
// [*UnsupportedError], [*CorruptError] and [*OutputError]. Values returned by
// go-containerregistry load lazily and fail later with errors of its own;
// [Explain] turns those into the same types.
//
// It must not import packages above it: neither extract nor the program's flags
// and terminal.
package reference
