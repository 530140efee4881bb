package gunzip

import (
	"encoding/binary"
	"io"
	"math/bits"
)

// maxMatch is the length of the longest match.
const maxMatch = 258

// maxDistance is how many bits a distance has at most, its extra bits included.
const maxDistance = maxCode + 13

// slack is how far one step may write beyond the buffer's end: some literals, a
// match, and the rest of a word.
const slack = 4 + maxMatch + word

// word is how many bytes are copied at once.
const word = 16

// size is the length of the buffer.
const size = window + outSize + slack

// corrupt is the error for data at the current offset.
func (r *Reader) corrupt(what string) error {
	if r.in.cut() {
		return io.ErrUnexpectedEOF
	}
	return &CorruptError{r.in.offset(), what}
}

// block reads a block's header (RFC 1951, section 3.2.3).
func (r *Reader) block() error {
	if r.last {
		r.last = false
		return r.trailer()
	}
	if err := r.fill(maxHeader); err != nil {
		return err
	}
	in := &r.in
	in.load()
	r.last = in.take(1) == 1
	switch in.take(2) {
	case 0:
		return r.storedHeader()
	case 1:
		r.fixed()
	case 2:
		if err := r.dynamic(); err != nil {
			return err
		}
	default:
		return r.corrupt("a block of no known type")
	}
	r.next = (*Reader).compressed
	return nil
}

// storedHeader reads the length of a block that is not compressed.
func (r *Reader) storedHeader() error {
	in := &r.in
	in.align()
	b := in.rest()
	if len(b) < 4 {
		return io.ErrUnexpectedEOF
	}
	n := binary.LittleEndian.Uint16(b)
	if n != ^binary.LittleEndian.Uint16(b[2:]) {
		return r.corrupt("the length of a stored block differs from its complement")
	}
	in.pos += 4
	r.stored = int(n)
	r.next = (*Reader).copyStored
	return nil
}

// copyStored copies the available bytes of a block that is not compressed.
func (r *Reader) copyStored() error {
	if r.stored > 0 {
		if err := r.fill(1); err != nil {
			return err
		}
		n := copy(r.out[r.end:min(r.end+r.stored, window+outSize)], r.in.rest())
		if n == 0 {
			return io.ErrUnexpectedEOF
		}
		r.in.pos += n
		r.end += n
		r.stored -= n
	}
	if r.stored == 0 {
		r.next = (*Reader).block
	}
	return nil
}

// step is how much input one turn of the loop in compressed may look at, in bytes: two
// loads.
const step = 16

// compressed decodes a block until it ends, the buffer is full, or the input must be
// filled.
func (r *Reader) compressed() error {
	if err := r.fill(maxHeader); err != nil {
		return err
	}
	in := &r.in
	// Local variables keep the loop's state in registers.
	literals, distances := &r.literals, &r.distances
	buf, out := in.buf, r.out
	pos, end, acc, count := in.pos, r.end, in.bits, in.count
	fault := ""
	for pos <= len(buf)-step && end < window+outSize {
		acc |= binary.LittleEndian.Uint64(buf[pos:]) << (count & 63)
		pos += int((63 - count) >> 3)
		count |= 56
		// 56 bits are enough for three literals of the first table and a length.
		e := literals[acc&(1<<literalBits-1)]
		if e&isLiteral != 0 { // most follow another literal
			out[end] = byte(e >> valueShift)
			end++
			acc >>= e & 63
			count -= uint(e & 63)
			e = literals[acc&(1<<literalBits-1)]
			if e&isLiteral != 0 {
				out[end] = byte(e >> valueShift)
				end++
				acc >>= e & 63
				count -= uint(e & 63)
				e = literals[acc&(1<<literalBits-1)]
				if e&isLiteral != 0 {
					out[end] = byte(e >> valueShift)
					end++
					acc >>= e & 63
					count -= uint(e & 63)
					e = literals[acc&(1<<literalBits-1)]
				}
			}
		}
		if e&(isLiteral|isSpecial) != 0 {
			if e&isLink != 0 {
				e = literals[e>>valueShift+uint32(acc>>literalBits)&(1<<(e>>extraShift&15)-1)]
			}
			if e&isLiteral != 0 {
				out[end] = byte(e >> valueShift)
				end++
				acc >>= e & 63
				count -= uint(e & 63)
				continue
			}
			if e&isEnd != 0 {
				acc >>= e & 63
				count -= uint(e & 63)
				r.next = (*Reader).block
				break
			}
			if e&isSpecial != 0 {
				fault = "a code that the block does not have"
				break
			}
		}
		length := int(e>>valueShift) + int(acc&(1<<(e&63)-1)>>(e>>extraShift&15))
		acc >>= e & 63
		count -= uint(e & 63)

		if count < maxDistance {
			acc |= binary.LittleEndian.Uint64(buf[pos:]) << (count & 63)
			pos += int((63 - count) >> 3)
			count |= 56
		}
		d := distances[acc&(1<<distanceBits-1)]
		if d&isSpecial != 0 {
			if d&isLink != 0 {
				d = distances[d>>valueShift+uint32(acc>>distanceBits)&(1<<(d>>extraShift&15)-1)]
			}
			if d&isSpecial != 0 {
				fault = "a distance that the block does not have"
				break
			}
		}
		distance := int(d>>valueShift) + int(acc&(1<<(d&63)-1)>>(d>>extraShift&15))
		acc >>= d & 63
		count -= uint(d & 63)
		if distance > end-r.start {
			fault = "a match that begins before the data"
			break
		}
		if distance >= word {
			for i := 0; i < length; i += word {
				*(*[word]byte)(out[end+i:]) = *(*[word]byte)(out[end+i-distance:])
			}
		} else {
			overlap(out, end, distance, length)
		}
		end += length
	}
	in.pos, r.end, in.bits, in.count = pos, end, acc, count
	switch {
	case fault != "":
		return r.corrupt(fault)
	case in.cut():
		return io.ErrUnexpectedEOF
	}
	return nil
}

// overlap copies length bytes to end from less than a word before it. Each copy
// includes the previous ones, so that it is twice as long.
func overlap(out *[size]byte, end, distance, length int) {
	for from, to := end-distance, end+length; end < to; {
		end += copy(out[end:to], out[from:end])
	}
}

// reverse turns the order of the lowest n bits: codes are packed from their highest.
func reverse(code, n uint) uint { return uint(bits.Reverse16(uint16(code))) >> (16 - n) }
