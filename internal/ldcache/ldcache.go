// Package ldcache reads and writes the dynamic loader's cache of libraries,
// /etc/ld.so.cache, in glibc's format "glibc-ld.so.cache1.1" (sysdeps/generic
// dl-cache.h). The older format that may stand before it is skipped on reading
// and not written: no loader since 1999 needs it.
package ldcache

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

const (
	oldMagic = "ld.so-1.7.0"
	magic    = "glibc-ld.so.cache1.1"
	// Lengths of the formats' structures, and of the old one's, in bytes.
	headerLen   = 48
	entryLen    = 24
	oldHeader   = 16
	oldEntryLen = 12
	// hwcapExtension marks an entry that refers to a table in the extensions.
	hwcapExtension = 1 << 62
	littleEndian   = 2
)

// ErrFormat is returned for a file that is not a cache, or a cache that
// [Format] cannot write.
var ErrFormat = errors.New("not a cache of the dynamic loader that can be extended")

// Entry is one library in the cache.
type Entry struct {
	Flags     int32  // the kind of library: its ABI
	Name      string // as in DT_NEEDED: "libpq.so.5"
	Path      string // absolute
	OSVersion uint32
	Hwcap     uint64
}

// Parse reads a cache.
func Parse(data []byte) ([]Entry, error) {
	if bytes.HasPrefix(data, []byte(oldMagic)) {
		if len(data) < oldHeader {
			return nil, fmt.Errorf("%w: truncated", ErrFormat)
		}
		n := int64(binary.LittleEndian.Uint32(data[12:]))
		start := (oldHeader + n*oldEntryLen + 7) &^ 7
		if start > int64(len(data)) {
			return nil, fmt.Errorf("%w: truncated", ErrFormat)
		}
		data = data[start:]
	}
	if !bytes.HasPrefix(data, []byte(magic)) || len(data) < headerLen {
		return nil, ErrFormat
	}
	if order := data[28]; order != 0 && order&3 != littleEndian {
		return nil, fmt.Errorf("%w: big-endian", ErrFormat)
	}
	n := int64(binary.LittleEndian.Uint32(data[20:]))
	if headerLen+n*entryLen > int64(len(data)) {
		return nil, fmt.Errorf("%w: truncated", ErrFormat)
	}
	entries := make([]Entry, n)
	for i := range entries {
		raw := data[headerLen+i*entryLen:]
		e := Entry{
			Flags:     int32(binary.LittleEndian.Uint32(raw)),
			OSVersion: binary.LittleEndian.Uint32(raw[12:]),
			Hwcap:     binary.LittleEndian.Uint64(raw[16:]),
		}
		if e.Hwcap&hwcapExtension != 0 {
			return nil, fmt.Errorf("%w: it has libraries for particular processors", ErrFormat)
		}
		var err error
		if e.Name, err = text(data, binary.LittleEndian.Uint32(raw[4:])); err != nil {
			return nil, err
		}
		if e.Path, err = text(data, binary.LittleEndian.Uint32(raw[8:])); err != nil {
			return nil, err
		}
		entries[i] = e
	}
	return entries, nil
}

// text reads a string at an offset from the cache's start.
func text(data []byte, at uint32) (string, error) {
	if int64(at) >= int64(len(data)) {
		return "", fmt.Errorf("%w: a name lies outside of the file", ErrFormat)
	}
	s, _, ok := bytes.Cut(data[at:], []byte{0})
	if !ok {
		return "", fmt.Errorf("%w: a name does not end", ErrFormat)
	}
	return string(s), nil
}

// Format writes a cache. It sorts entries for the loader's binary search; those
// with the same name and kind keep their order.
func Format(entries []Entry) []byte {
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b Entry) int {
		return cmp.Or(compareNames(b.Name, a.Name), cmp.Compare(b.Flags, a.Flags), cmp.Compare(b.Hwcap, a.Hwcap))
	})
	var names bytes.Buffer
	first := uint32(headerLen + len(entries)*entryLen)
	at := make(map[string]uint32)
	put := func(s string) uint32 {
		if off, ok := at[s]; ok {
			return off
		}
		off := first + uint32(names.Len())
		at[s] = off
		names.WriteString(s)
		names.WriteByte(0)
		return off
	}
	body := make([]byte, 0, len(entries)*entryLen)
	for _, e := range entries {
		body = binary.LittleEndian.AppendUint32(body, uint32(e.Flags))
		body = binary.LittleEndian.AppendUint32(body, put(e.Name))
		body = binary.LittleEndian.AppendUint32(body, put(e.Path))
		body = binary.LittleEndian.AppendUint32(body, e.OSVersion)
		body = binary.LittleEndian.AppendUint64(body, e.Hwcap)
	}
	header := append([]byte(magic), make([]byte, headerLen-len(magic))...)
	binary.LittleEndian.PutUint32(header[20:], uint32(len(entries)))
	binary.LittleEndian.PutUint32(header[24:], uint32(names.Len()))
	header[28] = littleEndian
	return slices.Concat(header, body, names.Bytes())
}

// compareNames orders names as glibc does: runs of digits by their value
// (_dl_cache_libcmp).
func compareNames(a, b string) int {
	for a != "" {
		switch {
		case digit(a) && digit(b):
			var x, y int
			x, a = number(a)
			y, b = number(b)
			if x != y {
				return cmp.Compare(x, y)
			}
		case digit(a):
			return 1
		case b == "":
			return 1
		case digit(b):
			return -1
		case a[0] != b[0]:
			return cmp.Compare(int8(a[0]), int8(b[0])) // char is signed there
		default:
			a, b = a[1:], b[1:]
		}
	}
	if b == "" {
		return 0
	}
	return -1
}

func digit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// number reads the digits at the start of s, wrapping as an int does there.
func number(s string) (n int, rest string) {
	var v int32
	for digit(s) {
		v = v*10 + int32(s[0]-'0')
		s = s[1:]
	}
	return int(v), s
}
