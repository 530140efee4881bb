package image

import (
	"io"

	"github.com/klauspost/readahead"
)

// A stage holds so many buffers, each of a small part of its blob and at most so many
// bytes: several layers are read at once. Blobs below smallBlob do without.
const (
	stageBuffers = 4
	stagePart    = 256
	stageSize    = 256 << 10
	smallBlob    = 4 << 20
)

// stage makes of r a step that goes on beside those who read of it: it fills
// buffers while they are at work. Close ends it; from then on nothing reads r.
// A blob's pass has three, behind fetching, decompressing and hashing it, so that
// decompression, which takes longest, never waits for another.
func stage(r io.Reader, blobSize int64) (io.ReadCloser, error) {
	if blobSize < smallBlob {
		return io.NopCloser(r), nil
	}
	ahead, err := readahead.NewReaderSize(r, stageBuffers, int(min(stageSize, blobSize/stagePart)))
	if err != nil {
		return nil, err
	}
	return onlyReadCloser{ahead, ahead}, nil
}

// onlyReadCloser hides readahead's WriterTo, which makes of a stream that was
// read to its end an error.
type onlyReadCloser struct {
	io.Reader
	io.Closer
}
