// Package gunzip reads gzip streams (RFC 1952), which nearly all layers are.
//
// Reading a layer mostly means decompressing it, and one blob cannot be decompressed
// on two processors. This decoder returns the same bytes and refuses the same streams
// as compress/gzip in half the time: it loads its input by words instead of bytes,
// decodes several literals from one word, and writes to a buffer that is also the
// window from which matches are copied. Callers compare the result with the layer's
// diff ID.
package gunzip

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

const (
	inSize  = 128 << 10 // of the input's buffer, in bytes
	outSize = 256 << 10 // what is decoded at once, in bytes
	// window is how far back a match may reach (RFC 1951, section 2).
	window = 32 << 10
	// maxHeader is more than any header of a member's or of a block's fields needs,
	// without the optional texts: the longest is a block's code lengths.
	maxHeader = 1 << 10
	// maxText bounds a member's name and comment, in bytes with the NUL at the end, as
	// compress/gzip does.
	maxText = 512

	headerSize, trailerSize = 10, 8 // of a member, in bytes
)

// Flags of a member's header (RFC 1952, section 2.3.1).
const (
	hasChecksum = 1 << 1
	hasExtra    = 1 << 2
	hasName     = 1 << 3
	hasComment  = 1 << 4
)

// Reader reads a gzip stream of one or more members. Its errors are those of
// compress/gzip: [gzip.ErrHeader], [gzip.ErrChecksum], [io.ErrUnexpectedEOF] for a
// truncated stream, a [CorruptError], and those of its source.
type Reader struct {
	src io.Reader
	in  input
	out *[size]byte // the window, and what was decoded after it
	// Offsets in out: matches may copy from start on, bytes not yet returned
	// begin at read, bytes not yet in the checksum at summed, and free space at
	// end.
	start, read, summed, end int

	sum  uint32 // CRC-32 of the member
	size uint32 // its length modulo 2^32
	next func(*Reader) error
	err  error // what Read returns after all decoded bytes

	last   bool // the block is the member's last
	stored int  // bytes of a stored block that are still to come
	codes
}

// CorruptError is a stream that no compressor writes, with the offset where it
// was noticed.
type CorruptError struct {
	Offset int64 // in the compressed stream, in bytes, more or less
	What   string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("corrupt deflate data before byte %d: %s", e.Offset, e.What)
}

// NewReader reads the header of the first member.
func NewReader(src io.Reader) (*Reader, error) {
	r := &Reader{src: src, out: new([size]byte)}
	r.in.buf = make([]byte, 0, inSize+padding)
	if err := r.header(); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return r, nil
}

// Read implements [io.Reader]. It returns io.EOF only after the checksums and lengths
// of all members were verified.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for r.read == r.end {
		if r.err != nil {
			return 0, r.err
		}
		r.decode()
	}
	n := copy(p, r.out[r.read:r.end])
	r.read += n
	return n, nil
}

// decode fills the buffer, all of which must have been read.
func (r *Reader) decode() {
	if r.end > window {
		copy(r.out[:], r.out[r.end-window:r.end])
		r.start = max(0, r.start-(r.end-window))
		r.end = window
	}
	r.read, r.summed = r.end, r.end
	for r.err == nil && r.end < window+outSize {
		r.err = r.next(r)
	}
	if errors.Is(r.err, io.ErrUnexpectedEOF) {
		r.end = r.read // some of it may be decoded from the padding
		return
	}
	r.check()
}

// check adds the decoded bytes to the checksum.
func (r *Reader) check() {
	part := r.out[r.summed:r.end]
	r.sum = crc32.Update(r.sum, crc32.IEEETable, part)
	r.size += uint32(len(part))
	r.summed = r.end
}

// header reads a member's header. It is io.EOF if the stream ends before it.
func (r *Reader) header() error {
	if err := r.fill(maxHeader); err != nil {
		return err
	}
	head := r.in.rest()
	switch {
	case len(head) == 0:
		return io.EOF
	case len(head) < headerSize:
		return io.ErrUnexpectedEOF
	case !bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}):
		return gzip.ErrHeader
	}
	flags := head[3]
	r.in.pos += headerSize
	sum := crc32.ChecksumIEEE(head[:headerSize])
	if flags&hasExtra != 0 {
		size, err := r.headerBytes(&sum, 2)
		if err == nil {
			_, err = r.headerBytes(&sum, int(binary.LittleEndian.Uint16(size)))
		}
		if err != nil {
			return err
		}
	}
	for _, flag := range []byte{hasName, hasComment} {
		if flags&flag == 0 {
			continue
		}
		for n, c := 0, byte(1); c != 0; n++ {
			if n == maxText {
				return gzip.ErrHeader
			}
			b, err := r.headerBytes(&sum, 1)
			if err != nil {
				return err
			}
			c = b[0]
		}
	}
	if flags&hasChecksum != 0 {
		want := uint16(sum)
		b, err := r.headerBytes(&sum, 2)
		if err != nil {
			return err
		}
		if binary.LittleEndian.Uint16(b) != want {
			return gzip.ErrHeader
		}
	}
	r.sum, r.size, r.start = 0, 0, r.end
	r.next = (*Reader).block
	return nil
}

// headerBytes reads n bytes of a header, at most 65,535, and adds them to its
// checksum.
func (r *Reader) headerBytes(sum *uint32, n int) ([]byte, error) {
	if err := r.fill(n); err != nil {
		return nil, err
	}
	b := r.in.rest()
	if len(b) < n {
		return nil, io.ErrUnexpectedEOF
	}
	*sum = crc32.Update(*sum, crc32.IEEETable, b[:n])
	r.in.pos += n
	return b[:n], nil
}

// trailer checks a member's checksum and length, and opens the next one.
func (r *Reader) trailer() error {
	r.check()
	r.in.align()
	if err := r.fill(trailerSize); err != nil {
		return err
	}
	b := r.in.rest()
	if len(b) < trailerSize {
		return io.ErrUnexpectedEOF
	}
	if binary.LittleEndian.Uint32(b) != r.sum || binary.LittleEndian.Uint32(b[4:]) != r.size {
		return gzip.ErrChecksum
	}
	r.in.pos += trailerSize
	return r.header()
}
