package image

import (
	"io"

	"github.com/klauspost/readahead"
)

// A stage has stageBuffers buffers, each a small part of its blob and at most stageSize
// bytes: several layers are read in parallel. Blobs below smallBlob get none.
const (
	stageBuffers = 4
	stagePart    = 256
	stageSize    = 256 << 10
	smallBlob    = 4 << 20
)

// stage reads r in the background: it fills buffers while its reader works. Close ends it;
// afterwards nothing reads r. The pass over a blob has three, after fetching, decompressing
// and hashing it, so that decompression, which takes longest, never waits.
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

// onlyReadCloser hides readahead's WriterTo, which returns an error for a stream that was
// read to its end.
type onlyReadCloser struct {
	io.Reader
	io.Closer
}
