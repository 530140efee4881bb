package gunzip

import (
	"encoding/binary"
	"errors"
	"io"
)

// padding stands behind the last byte of the stream: decoding may run into it
// before it is noticed that the stream was cut.
const padding = 2 * maxHeader

// input is a buffer of the compressed stream, and the bits that were taken from it
// and not used.
type input struct {
	buf   []byte // ends with padding when the source has ended
	pos   int    // of the next byte that is not in bits
	ended bool
	base  int64 // bytes that were before buf

	bits  uint64 // the next bits of the stream, lowest first
	count uint   // how many of them count; those above it are right or zero
}

// rest is what the stream has from pos. There are no bits left before it.
func (in *input) rest() []byte { return in.buf[in.pos:max(in.pos, in.end())] }

// end is where the stream's bytes end.
func (in *input) end() int {
	if in.ended {
		return len(in.buf) - padding
	}
	return len(in.buf)
}

// cut reports whether the stream has fewer bytes left than a trailer, which must
// follow whatever is being read: perhaps bits were used that it does not have.
func (in *input) cut() bool { return in.ended && in.end()-(in.pos-int(in.count/8)) < trailerSize }

// offset is where the next bit lies in the stream.
func (in *input) offset() int64 { return in.base + int64(in.pos) - int64(in.count/8) }

// align gives whole bytes back, and drops the bits before them.
func (in *input) align() {
	in.pos -= int(in.count / 8)
	in.bits, in.count = 0, 0
}

// fill makes n bytes of input be there, or all that are left and padding.
func (r *Reader) fill(n int) error {
	in := &r.in
	if len(in.buf)-in.pos >= n || in.ended {
		return nil
	}
	// Bytes that are in bits may be given back.
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

// load makes at least 56 bits be in bits. The input must have 8 bytes.
func (in *input) load() {
	in.bits |= binary.LittleEndian.Uint64(in.buf[in.pos:]) << (in.count & 63)
	in.pos += int((63 - in.count) >> 3)
	in.count |= 56
}

// take uses n bits, at most 32, which must be there.
func (in *input) take(n uint) uint32 {
	v := uint32(in.bits & (1<<n - 1))
	in.bits >>= n
	in.count -= n
	return v
}
