package gunzip

import "slices"

// An entry of a table describes a code, for all bits that may follow it:
//
//	bits 0-5    how many bits it takes in all, its extra bits included
//	bits 8-11   how many the code takes alone, where extra bits follow; of a link, the
//	            bits of the table that it leads to
//	bits 12-15  what it is
//	bits 16-31  its value: the literal, the length or distance to which the extra bits
//	            are added, or the place of a second table for longer codes
const (
	extraShift = 8
	valueShift = 16

	isLiteral = 1 << 15
	isSpecial = 1 << 14 // alone: a code that no symbol has
	isLink    = 1 << 13
	isEnd     = 1 << 12
)

const (
	// Bits that the first tables look at. Few codes are longer.
	literalBits, distanceBits, lengthBits = 11, 8, 7

	maxCode      = 15 // bits of the longest code
	maxLiterals  = 286
	maxDistances = 30
	numLengths   = 19
	endOfBlock   = 256
)

// codes are a block's tables. Each first table is followed by room for second ones,
// each of which holds at least two symbols unless it is the only one.
type codes struct {
	literals  [1<<literalBits + (maxLiterals+2)/2<<(maxCode-literalBits)]uint32
	distances [1<<distanceBits + (maxDistances+2)/2<<(maxCode-distanceBits)]uint32
	lengths   [1 << lengthBits]uint32
	isFixed   bool // they are those of blocks of type 1
}

// The symbols of each table.
var (
	literalSymbols  = newLiteralSymbols()
	distanceSymbols = newDistanceSymbols()
	lengthSymbols   = newLengthSymbols()
)

// symbol is an entry without the length of its code.
func symbol(value, extra, kind uint32) uint32 { return value<<valueShift | kind | extra }

// newLiteralSymbols returns the first table of RFC 1951, section 3.2.5. Codes 286
// and 287 exist only in the fixed code and have no meaning.
func newLiteralSymbols() (out [maxLiterals + 2]uint32) {
	for i := range endOfBlock {
		out[i] = symbol(uint32(i), 0, isLiteral)
	}
	out[endOfBlock] = symbol(0, 0, isSpecial|isEnd)
	length := uint32(3)
	for i := endOfBlock + 1; i < maxLiterals-1; i++ {
		extra := uint32(max(0, (i-261)/4))
		out[i] = symbol(length, extra, 0)
		length += 1 << extra
	}
	out[maxLiterals-1] = symbol(maxMatch, 0, 0)
	out[maxLiterals], out[maxLiterals+1] = isSpecial, isSpecial
	return out
}

// newDistanceSymbols returns the second table of that section. Codes 30 and 31
// have no meaning.
func newDistanceSymbols() (out [maxDistances + 2]uint32) {
	distance := uint32(1)
	for i := range maxDistances {
		extra := uint32(max(0, i/2-1))
		out[i] = symbol(distance, extra, 0)
		distance += 1 << extra
	}
	out[maxDistances], out[maxDistances+1] = isSpecial, isSpecial
	return out
}

func newLengthSymbols() (out [numLengths]uint32) {
	for i := range out {
		out[i] = symbol(uint32(i), 0, 0)
	}
	return out
}

// fixed builds the tables of RFC 1951, section 3.2.6.
func (r *Reader) fixed() {
	if r.isFixed {
		return
	}
	var lengths [maxLiterals + 2]uint8
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	build(r.literals[:], literalBits, lengths[:], literalSymbols[:])
	build(r.distances[:], distanceBits, slices.Repeat([]uint8{5}, maxDistances+2), distanceSymbols[:])
	r.isFixed = true
}

// lengthOrder is the order in which a block gives the lengths of the codes of
// lengths (RFC 1951, section 3.2.7).
var lengthOrder = [numLengths]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamic reads a block's codes.
func (r *Reader) dynamic() error {
	in := &r.in
	r.isFixed = false
	literals, distances, given := int(in.take(5))+257, int(in.take(5))+1, int(in.take(4))+4
	if literals > maxLiterals || distances > maxDistances {
		return r.corrupt("more codes than there are symbols")
	}
	var order [numLengths]uint8
	for _, i := range lengthOrder[:given] {
		in.load()
		order[i] = uint8(in.take(3))
	}
	if !build(r.lengths[:], lengthBits, order[:], lengthSymbols[:]) {
		return r.corrupt("codes of lengths that are no code")
	}
	var lengths [maxLiterals + maxDistances]uint8
	for i := 0; i < literals+distances; {
		in.load()
		e := r.lengths[in.bits&(1<<lengthBits-1)]
		if e&isSpecial != 0 {
			return r.corrupt("a code that the lengths do not have")
		}
		in.take(uint(e & 63))
		value, times := uint8(e>>valueShift), 1
		switch value {
		case 16:
			if i == 0 {
				return r.corrupt("a repetition of nothing")
			}
			value, times = lengths[i-1], int(in.take(2))+3
		case 17:
			value, times = 0, int(in.take(3))+3
		case 18:
			value, times = 0, int(in.take(7))+11
		}
		if i+times > literals+distances {
			return r.corrupt("more lengths than there are codes")
		}
		for range times {
			lengths[i] = value
			i++
		}
	}
	if !build(r.literals[:], literalBits, lengths[:literals], literalSymbols[:]) ||
		!build(r.distances[:], distanceBits, lengths[literals:literals+distances], distanceSymbols[:]) {
		return r.corrupt("code lengths that are no code")
	}
	return nil
}

// build builds a table of the first bits of codes with those lengths, followed by the
// tables for longer ones. It reports whether the lengths form a complete code, or an
// incomplete one that compressors write: without a symbol, or with one symbol of a
// single bit.
func build(table []uint32, first uint, lengths []uint8, symbols []uint32) bool {
	var count [maxCode + 1]uint
	longest := uint(0)
	for _, n := range lengths {
		count[n]++
		longest = max(longest, uint(n))
	}
	count[0] = 0
	var next [maxCode + 2]uint // the next code of each length
	code := uint(0)
	for n := uint(1); n <= maxCode; n++ {
		next[n] = code
		code = (code + count[n]) << 1
	}
	switch complete := code == 1<<(maxCode+1); {
	case longest == 0, longest == 1 && count[1] == 1:
		for i := range table[:1<<first] {
			table[i] = isSpecial
		}
	case !complete:
		return false
	}
	// Links lead to tables of one size. The first codes of their lengths come first.
	second := max(longest, first) - first
	links := uint32(1) << first
	for i := range table[:1<<first] {
		if longest > first {
			table[i] = isSpecial // no link yet
		}
	}
	for i, n := range lengths {
		n := uint(n)
		if n == 0 {
			continue
		}
		at := reverse(next[n], n)
		next[n]++
		s := symbols[i]
		extra := s & 63
		e := s&^63 | uint32(n) + extra
		if s&(isLiteral|isSpecial) == 0 {
			e |= uint32(n) << extraShift
		}
		if n <= first {
			for j := at; j < 1<<first; j += 1 << n {
				table[j] = e
			}
			continue
		}
		link := &table[at&(1<<first-1)]
		if *link&isLink == 0 {
			*link = links<<valueShift | isSpecial | isLink | uint32(second)<<extraShift
			links += 1 << second
		}
		sub := table[*link>>valueShift:]
		for j := at >> first; j < 1<<second; j += 1 << (n - first) {
			sub[j] = e
		}
	}
	return true
}
