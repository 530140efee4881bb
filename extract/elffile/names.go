package elffile

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"slices"
	"strings"
)

const (
	// maxRodata is how much of .rodata is searched. Larger ones hold tables, of
	// characters or weights.
	maxRodata = 32 << 20
	// maxNames bounds Info.Names.
	maxNames = 64
	// maxName bounds one name.
	maxName = 96

	chunk = 256 << 10
)

// libraryNames lists the strings in .rodata that are exactly the name of a
// shared library.
func libraryNames(f *elf.File, info *Info) []string {
	section := f.Section(".rodata")
	if section == nil || section.Type != elf.SHT_PROGBITS || section.Flags&elf.SHF_COMPRESSED != 0 {
		return nil
	}
	var names []string
	size := min(section.FileSize, maxRodata)
	buf := make([]byte, min(size, chunk))
	// Chunks overlap by the longest name with the NULs around it.
	for off := int64(0); off < int64(size); off += chunk - maxName - 2 {
		n, err := section.ReadAt(buf, off)
		if err != nil && !errors.Is(err, io.EOF) {
			return names
		}
		for _, name := range namesIn(buf[:n], off == 0) {
			if name == info.Soname || slices.Contains(info.Needed, name) || slices.Contains(names, name) {
				continue
			}
			if names = append(names, name); len(names) == maxNames {
				return names
			}
		}
		if n < len(buf) {
			break
		}
	}
	slices.Sort(names)
	return names
}

// namesIn finds names between NULs. first is set for the section's first chunk,
// whose first byte begins a string.
func namesIn(data []byte, first bool) []string {
	var out []string
	for at := 0; ; {
		i := bytes.Index(data[at:], []byte(".so"))
		if i < 0 {
			return out
		}
		i += at
		at = i + len(".so")
		low := max(0, i-maxName)
		start := bytes.LastIndexByte(data[low:i], 0)
		switch {
		case start >= 0:
			start += low + 1
		case first && low == 0:
			start = 0
		default:
			continue
		}
		end := bytes.IndexByte(data[at:min(len(data), start+maxName+1)], 0)
		if end < 0 {
			continue
		}
		if name := data[start : at+end]; isName(name, i-start) {
			out = append(out, string(name))
		}
	}
}

// isName reports whether a string is lib….so, lib….so.1 and so on; so is the
// index of its first ".so".
func isName(name []byte, so int) bool {
	if so <= len("lib") || !bytes.HasPrefix(name, []byte("lib")) {
		return false
	}
	version := string(name[so+len(".so"):])
	if strings.Trim(version, ".0123456789") != "" || version != "" && (version[0] != '.' || strings.HasSuffix(version, ".")) {
		return false
	}
	return !slices.ContainsFunc(name[:so], func(c byte) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-_+.", rune(c))
	})
}
