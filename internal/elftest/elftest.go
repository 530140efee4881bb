// Package elftest creates small ELF files for tests and samples: shared
// libraries, extension modules and programs without code, but with everything
// that a loader and slimify read before code runs (needed libraries, soname,
// required and defined symbol versions).
package elftest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// Spec describes a file. The zero value is a library for x86-64 without needs
// and without a soname.
type Spec struct {
	Machine elf.Machine // default EM_X86_64
	Type    elf.Type    // default ET_DYN
	Soname  string      // DT_SONAME
	Needed  []string    // DT_NEEDED, in this order
	Rpath   string      // DT_RPATH
	Runpath string      // DT_RUNPATH
	Interp  string      // PT_INTERP: a program has one
	// NeedVersions are the symbol versions required from libraries
	// (.gnu.version_r). Each library should be in Needed.
	NeedVersions map[string][]string
	// DefVersions are the versions that it defines, oldest first
	// (.gnu.version_d).
	DefVersions []string
	// Rodata holds strings that end with a NUL in the file.
	Rodata []string
}

// Sizes in the ELF64 format, in bytes.
const (
	headerSize  = 64
	progSize    = 56
	sectionSize = 64
	dynSize     = 16
	symSize     = 24
)

// Library returns a little-endian ELF64 file. Equal specs give equal bytes.
func Library(spec Spec) []byte {
	if spec.Machine == elf.EM_NONE {
		spec.Machine = elf.EM_X86_64
	}
	if spec.Type == elf.ET_NONE {
		spec.Type = elf.ET_DYN
	}
	f := &file{spec: spec}
	f.describe()
	f.place()
	f.get(".dynamic").data = f.dynamic()
	return f.bytes()
}

// section is a section with its content; offset and address are one number.
type section struct {
	elf.Section64
	name string
	data []byte
}

// file is an ELF file while it is built.
type file struct {
	spec     Spec
	strings  stringTable // .dynstr
	sections []*section
	dyn      []tag
	index    map[string]uint32 // a section's number by name
	end      uint64            // of the last section
}

func (f *file) get(name string) *section {
	if i, ok := f.index[name]; ok {
		return f.sections[i]
	}
	return nil
}

func (f *file) add(name string, h elf.Section64, data []byte) {
	if f.index == nil {
		f.index = make(map[string]uint32)
	}
	f.index[name] = uint32(len(f.sections))
	f.sections = append(f.sections, &section{h, name, data})
}

// describe adds all sections. That of .dynamic has only its size, since it
// holds addresses of the others.
func (f *file) describe() {
	const alloc = uint64(elf.SHF_ALLOC)
	f.strings.add("")
	needs, numNeeds := f.versionNeeds()
	defs, numDefs := f.versionDefs()
	tags := len(f.tags(numNeeds, numDefs))

	f.add("", elf.Section64{}, nil)
	if f.spec.Interp != "" {
		f.add(".interp", elf.Section64{Type: uint32(elf.SHT_PROGBITS), Flags: alloc, Addralign: 1}, []byte(f.spec.Interp+"\x00"))
	}
	// One bucket and one chain, both of them empty: there are no symbols.
	f.add(".hash", elf.Section64{Type: uint32(elf.SHT_HASH), Flags: alloc, Addralign: 8, Entsize: 4}, pack(uint32(1), uint32(1), uint32(0), uint32(0)))
	f.add(".dynsym", elf.Section64{Type: uint32(elf.SHT_DYNSYM), Flags: alloc, Info: 1, Addralign: 8, Entsize: symSize}, make([]byte, symSize))
	f.add(".dynstr", elf.Section64{Type: uint32(elf.SHT_STRTAB), Flags: alloc, Addralign: 1}, f.strings.data)
	f.add(".gnu.version", elf.Section64{Type: uint32(elf.SHT_GNU_VERSYM), Flags: alloc, Addralign: 2, Entsize: 2}, make([]byte, 2))
	if numNeeds > 0 {
		f.add(".gnu.version_r", elf.Section64{Type: uint32(elf.SHT_GNU_VERNEED), Flags: alloc, Info: numNeeds, Addralign: 8}, needs)
	}
	if numDefs > 0 {
		f.add(".gnu.version_d", elf.Section64{Type: uint32(elf.SHT_GNU_VERDEF), Flags: alloc, Info: numDefs, Addralign: 8}, defs)
	}
	if len(f.spec.Rodata) > 0 {
		f.add(".rodata", elf.Section64{Type: uint32(elf.SHT_PROGBITS), Flags: alloc, Addralign: 16}, []byte(strings.Join(f.spec.Rodata, "\x00")+"\x00"))
	}
	f.add(".dynamic", elf.Section64{Type: uint32(elf.SHT_DYNAMIC), Flags: alloc | uint64(elf.SHF_WRITE), Addralign: 8, Entsize: dynSize}, make([]byte, tags*dynSize))

	var names stringTable
	names.add("")
	for _, s := range f.sections {
		s.Name = names.add(s.name)
	}
	shstrtab := elf.Section64{Type: uint32(elf.SHT_STRTAB), Addralign: 1, Name: names.add(".shstrtab")}
	f.add(".shstrtab", shstrtab, names.data)
	for name, link := range map[string]string{
		".hash": ".dynsym", ".dynsym": ".dynstr", ".gnu.version": ".dynsym",
		".gnu.version_r": ".dynstr", ".gnu.version_d": ".dynstr", ".dynamic": ".dynstr",
	} {
		if s := f.get(name); s != nil {
			s.Link = f.index[link]
		}
	}
}

// place gives each section its offset, which is its address too.
func (f *file) place() {
	f.end = headerSize + progSize*uint64(f.numProgs())
	for _, s := range f.sections[1:] {
		f.end = align(f.end, s.Addralign)
		s.Off, s.Size = f.end, uint64(len(s.data))
		if s.Flags&uint64(elf.SHF_ALLOC) != 0 {
			s.Addr = s.Off
		}
		f.end += s.Size
	}
}

func align(n, to uint64) uint64 { return (n + to - 1) / to * to }

// numProgs counts the program headers: load, dynamic, stack, and interp.
func (f *file) numProgs() int {
	if f.spec.Interp != "" {
		return 4
	}
	return 3
}

// bytes encodes the file.
func (f *file) bytes() []byte {
	table := align(f.end, 8)
	var out bytes.Buffer
	h := elf.Header64{
		Type: uint16(f.spec.Type), Machine: uint16(f.spec.Machine), Version: uint32(elf.EV_CURRENT),
		Phoff: headerSize, Shoff: table, Ehsize: headerSize,
		Phentsize: progSize, Phnum: uint16(f.numProgs()),
		Shentsize: sectionSize, Shnum: uint16(len(f.sections)), Shstrndx: uint16(f.index[".shstrtab"]),
	}
	copy(h.Ident[:], []byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)})
	out.Write(pack(h))
	if s := f.get(".interp"); s != nil {
		out.Write(pack(program(elf.PT_INTERP, elf.PF_R, s)))
	}
	// The loader writes into .dynamic: all that is loaded is writable.
	all := &section{Section64: elf.Section64{Size: f.get(".shstrtab").Off, Addralign: 0x1000}}
	out.Write(pack(program(elf.PT_LOAD, elf.PF_R|elf.PF_W, all)))
	out.Write(pack(program(elf.PT_DYNAMIC, elf.PF_R|elf.PF_W, f.get(".dynamic"))))
	out.Write(pack(program(elf.PT_GNU_STACK, elf.PF_R|elf.PF_W, &section{Section64: elf.Section64{Addralign: 16}})))
	for _, s := range f.sections[1:] {
		out.Write(make([]byte, s.Off-uint64(out.Len())))
		out.Write(s.data)
	}
	out.Write(make([]byte, table-uint64(out.Len())))
	for _, s := range f.sections {
		out.Write(pack(s.Section64))
	}
	return out.Bytes()
}

func program(t elf.ProgType, flags elf.ProgFlag, s *section) elf.Prog64 {
	return elf.Prog64{
		Type: uint32(t), Flags: uint32(flags), Off: s.Off, Vaddr: s.Addr, Paddr: s.Addr,
		Filesz: s.Size, Memsz: s.Size, Align: s.Addralign,
	}
}

// pack encodes fixed-size values one after the other.
func pack(values ...any) []byte {
	var out []byte
	for _, v := range values {
		// Only values without a fixed size give an error; there are none.
		out, _ = binary.Append(out, binary.LittleEndian, v)
	}
	return out
}

// stringTable is a section of strings that others refer to by offset.
type stringTable struct{ data []byte }

func (t *stringTable) add(s string) uint32 {
	off := len(t.data)
	t.data = append(append(t.data, s...), 0)
	return uint32(off)
}

// sorted lists the libraries of a map of versions.
func sorted(m map[string][]string) []string { return slices.Sorted(maps.Keys(m)) }
