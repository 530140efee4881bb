package gunzip

import (
	"encoding/binary"
	"errors"
	"io"
)

// padding follows the last byte of the stream: decoding may read it before it
// notices that the stream is truncated.
const padding = 2 * maxHeader

// input is a buffer of the compressed stream with the bits that were loaded from
// it but not used.
type input struct {
	buf   []byte // ends with padding when the source has ended
	pos   int    // of the next byte that is not in bits
	ended bool
	base  int64 // bytes that were before buf

	bits  uint64 // the next bits of the stream, lowest first
	count uint   // how many of them are loaded; those above are correct or zero
}

// rest is the stream from pos. No bits may be loaded.
func (in *input) rest() []byte { return in.buf[in.pos:max(in.pos, in.end())] }

// end is the end of the stream's bytes in buf.
func (in *input) end() int {
	if in.ended {
		return len(in.buf) - padding
	}
	return len(in.buf)
}

// cut reports whether fewer bytes than a trailer are left, which must follow any
// block: bits of the padding may have been used.
func (in *input) cut() bool { return in.ended && in.end()-(in.pos-int(in.count/8)) < trailerSize }

// offset is the offset of the next bit in the stream.
func (in *input) offset() int64 { return in.base + int64(in.pos) - int64(in.count/8) }

// align unloads whole bytes and drops the bits before them.
func (in *input) align() {
	in.pos -= int(in.count / 8)
	in.bits, in.count = 0, 0
}

// fill buffers at least n bytes of input, or the rest of the stream with
// padding.
func (r *Reader) fill(n int) error {
	in := &r.in
	if len(in.buf)-in.pos >= n || in.ended {
		return nil
	}
	// Bytes that are loaded in bits may be unloaded again.
	from := max(0, in.pos-8)
	kept := copy(in.buf, in.buf[from:])
	in.buf = in.buf[:kept]
	in.base += int64(from)
	in.pos -= from
	for len(in.buf)-in.pos < n {
		got, err := r.src.Read(in.buf[len(in.buf) : cap(in.buf)-padding])
		in.buf = in.buf[:len(in.buf)+got]
		switch {
		case errors.Is(err, io.EOF):
			in.buf = in.buf[:len(in.buf)+padding]
			clear(in.buf[len(in.buf)-padding:])
			in.ended = true
			return nil
		case err != nil:
			return err
		}
	}
	return nil
}

// load loads at least 56 bits. The input must have 8 bytes.
func (in *input) load() {
	in.bits |= binary.LittleEndian.Uint64(in.buf[in.pos:]) << (in.count & 63)
	in.pos += int((63 - in.count) >> 3)
	in.count |= 56
}

// take uses n bits, at most 32, which must be loaded.
func (in *input) take(n uint) uint32 {
	v := uint32(in.bits & (1<<n - 1))
	in.bits >>= n
	in.count -= n
	return v
}
