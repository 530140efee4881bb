package reference

import (
	"bytes"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Memory is the transport of images that a program holds: see [FromImage]. Parse never
// returns it.
const Memory Transport = "image"

// FromImage returns an image that a program holds as an opened source, under a name for
// people. Its manifest is checked as a registry's is; its blobs are not: see [Verified].
//
// Errors are *UnsupportedError (a format that is refused) or the image's own.
func FromImage(name string, img v1.Image) (*Source, error) {
	ref := Ref{transport: Memory, path: name, explicit: true}
	raw, err := img.RawManifest()
	if err != nil {
		return nil, err
	}
	claimed, err := img.MediaType()
	if err != nil {
		return nil, err
	}
	mediaType, err := checkManifest(raw, claimed)
	if err != nil {
		return nil, &UnsupportedError{Ref: ref.String(), Reason: err.Error()}
	}
	digest, _, err := v1.SHA256(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return &Source{Ref: ref, Digest: digest, MediaType: mediaType, Image: img}, nil
}

// Verified returns a blob's content, checked to its end: io.EOF comes only if digest and
// size are right, otherwise a *CorruptError. rc is closed on an error.
func Verified(rc io.ReadCloser, digest v1.Hash, size int64) (io.ReadCloser, error) {
	return verify(rc, digest, size)
}
