package elffile

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Package debug/elf reads the whole string table for each tag, and all symbols for
// their versions. Both take megabytes in large libraries, while only a few names are
// needed.

// maxTexts bounds what is read from one file's tables and from the sections that list
// their entries, in bytes: lists in a hostile file may overlap and be as long as the
// file. Real ones take a few kilobytes.
const maxTexts = 1 << 20

// linkage reads the tables of a file.
type linkage struct {
	*elf.File
	left int // of maxTexts
}

// table returns the string table that a section links to.
func (l *linkage) table(s *elf.Section) (*elf.Section, error) {
	if s.Link == 0 || int(s.Link) >= len(l.Sections) {
		return nil, fmt.Errorf("section %q has no table of strings", s.Name)
	}
	table := l.Sections[s.Link]
	if table.ReaderAt == nil {
		return nil, fmt.Errorf("the table of strings of section %q is compressed", s.Name)
	}
	return table, nil
}

// data returns the content of a section that lists entries.
func (l *linkage) data(s *elf.Section) ([]byte, error) {
	if s.Size > maxTexts {
		return nil, fmt.Errorf("section %q is larger than %d bytes", s.Name, maxTexts)
	}
	return s.Data()
}

// text returns the string at an offset of a table, or false if there is none.
func (l *linkage) text(table *elf.Section, off uint64) (string, bool) {
	var out []byte
	var buf [128]byte
	for l.left > 0 && off < table.FileSize {
		n, err := table.ReadAt(buf[:], int64(off))
		end := bytes.IndexByte(buf[:n], 0)
		if l.left -= n; end >= 0 {
			return string(append(out, buf[:end]...)), true
		}
		if err != nil {
			break
		}
		out = append(out, buf[:n]...)
		off += uint64(n)
	}
	return "", false
}

// dynamic reads the dynamic section's entries of the given tags, whose values are
// strings, in their order. It skips those without a string.
func (l *linkage) dynamic(section *elf.Section, tags ...elf.DynTag) (map[elf.DynTag][]string, error) {
	data, err := l.data(section)
	if err != nil {
		return nil, err
	}
	table, err := l.table(section)
	if err != nil {
		return nil, err
	}
	word := 4
	if l.Class == elf.ELFCLASS64 {
		word = 8
	}
	if len(data)%(2*word) != 0 {
		return nil, errors.New("its length is not a multiple of the entry size")
	}
	out := make(map[elf.DynTag][]string)
	for ; len(data) > 0; data = data[2*word:] {
		tag, value := elf.DynTag(l.ByteOrder.Uint32(data)), uint64(l.ByteOrder.Uint32(data[word:]))
		if word == 8 {
			tag, value = elf.DynTag(l.ByteOrder.Uint64(data)), l.ByteOrder.Uint64(data[word:])
		}
		if !slices.Contains(tags, tag) {
			continue
		}
		if text, ok := l.text(table, value); ok {
			out[tag] = append(out[tag], text)
		}
	}
	return out, nil
}

// chain calls visit for each entry of a linked list in data. An entry has size bytes;
// the last four hold the distance to the next entry. The list ends at a distance of
// 0, or when visit returns false.
func (l *linkage) chain(data []byte, at, size int, visit func(entry []byte, at int) bool) {
	for l.left > 0 && at >= 0 && at+size <= len(data) {
		entry := data[at : at+size]
		l.left -= size
		next := int(l.ByteOrder.Uint32(entry[size-4:]))
		if !visit(entry, at) || next == 0 {
			return
		}
		at += next
	}
}

// Lengths of entries in the tables of symbol versions, which are the same in both
// classes (LSB Core, "Symbol Versioning").
const (
	needSize, needAuxSize = 16, 16
	defSize, defAuxSize   = 20, 8
)

// needs lists the symbol versions required from each library, without weak ones,
// which the loader does not require.
func (l *linkage) needs() map[string][]string {
	data, table := l.versions(elf.SHT_GNU_VERNEED)
	u16, u32 := l.ByteOrder.Uint16, l.ByteOrder.Uint32
	var out map[string][]string
	l.chain(data, 0, needSize, func(e []byte, at int) bool {
		count := u16(e[2:])
		library, _ := l.text(table, uint64(u32(e[4:])))
		l.chain(data, at+int(u32(e[8:])), needAuxSize, func(aux []byte, _ int) bool {
			if flags := elf.DynamicVersionFlag(u16(aux[4:])); flags&elf.VER_FLG_WEAK == 0 {
				if out == nil {
					out = make(map[string][]string)
				}
				version, _ := l.text(table, uint64(u32(aux[8:])))
				out[library] = append(out[library], version)
			}
			count--
			return count > 0
		})
		return true
	})
	return out
}

// defines lists the symbol versions that the file defines.
func (l *linkage) defines() (out []string) {
	data, table := l.versions(elf.SHT_GNU_VERDEF)
	u32 := l.ByteOrder.Uint32
	l.chain(data, 0, defSize, func(e []byte, at int) bool {
		l.chain(data, at+int(u32(e[12:])), defAuxSize, func(aux []byte, _ int) bool {
			version, _ := l.text(table, uint64(u32(aux)))
			out = append(out, version)
			return false // the others are the version's predecessors
		})
		return true
	})
	return out
}

// versions returns a section of symbol versions and its string table; no data if the
// file has none.
func (l *linkage) versions(kind elf.SectionType) ([]byte, *elf.Section) {
	section := l.SectionByType(kind)
	if section == nil {
		return nil, nil
	}
	table, err := l.table(section)
	if err != nil {
		return nil, nil
	}
	data, err := l.data(section)
	if err != nil {
		return nil, nil
	}
	return data, table
}

// interp is the program interpreter that a file names (PT_INTERP); "" if none.
func interp(f *elf.File) string {
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP || p.Filesz == 0 || p.Filesz > maxInterp {
			continue
		}
		b := make([]byte, p.Filesz)
		if _, err := p.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
			return ""
		}
		b, _, _ = bytes.Cut(b, []byte{0})
		return string(b)
	}
	return ""
}
