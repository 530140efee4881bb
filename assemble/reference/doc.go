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
// The package knows nothing of Python, packages or layers' contents: it hands
// out [v1.Image] and [v1.ImageIndex] values and takes them. Everything that it
// reads is checked: manifests against each other's digests and against what they
// claim to be, blobs against digest and size to their end.
//
// Errors are typed by what a caller must do about them: [*ParseError],
// [*NotFoundError], [*AuthError], [*UnreachableError], [*RegistryError],
// [*UnsupportedError], [*CorruptError] and [*OutputError]. Values returned by
// go-containerregistry load lazily and fail later with errors of its own;
// [Explain] turns those into the same types.
//
// Nothing above may be imported here: neither the extract package nor the
// program's flags and terminal.
package reference
