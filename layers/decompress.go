package layers

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/slimify/slimify/internal/gunzip"
)

// maxRatio bounds how many times longer than its blob a layer may be. Deflate
// cannot exceed 1032; real layers stay below 20. It stops a zstd bomb, whose
// ratio has no such bound.
const maxRatio = 2000

// Decompress opens a layer's blob: gzip (one member or many), zstd, or plain
// tar. It looks at the first bytes and not at the media type, which is wrong
// for some blobs of registries. The caller closes the result; it does not close
// blob.
func Decompress(blob io.Reader) (io.ReadCloser, error) {
	in := &counted{r: blob, limit: 1<<63 - 1}
	br := bufio.NewReaderSize(in, 64<<10)
	magic, err := br.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the blob's first bytes: %w", err)
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		zr, err := gunzip.NewReader(br)
		if err != nil {
			return nil, fmt.Errorf("opening gzip: %w", err)
		}
		return &expanded{r: zr, close: func() error { return nil }, in: in}, nil
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}), isSkippable(magic):
		// One goroutine and a bounded window: the format allows windows of
		// gigabytes, tools write at most 128 MiB.
		zr, err := zstd.NewReader(br, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
		if err != nil {
			return nil, fmt.Errorf("opening zstd: %w", err)
		}
		return &expanded{r: zr, close: func() error { zr.Close(); return nil }, in: in}, nil
	}
	return io.NopCloser(br), nil
}

// isSkippable reports a zstd skippable frame (RFC 8878, section 3.1.2), with
// which a zstd:chunked blob may begin.
func isSkippable(magic []byte) bool {
	return len(magic) == 4 && magic[0]&0xf0 == 0x50 && bytes.Equal(magic[1:], []byte{0x2a, 0x4d, 0x18})
}

// expanded is a decompressed stream that watches its ratio.
type expanded struct {
	r     io.Reader
	close func() error
	in    *counted
	n     int64
}

func (e *expanded) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.n += int64(n)
	// The first megabyte is let through: a short run of zeros is not a bomb.
	if e.n > 1<<20 && e.n/maxRatio > e.in.n {
		return n, fmt.Errorf("layer expands more than %d times", maxRatio)
	}
	return n, err
}

func (e *expanded) Close() error { return e.close() }
