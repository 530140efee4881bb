package elftest

import "debug/elf"

// tag is an entry of .dynamic. Its value is a number, or the address of a
// section.
type tag struct {
	tag     elf.DynTag
	value   uint64
	section string
}

// tags lists the entries of .dynamic and adds their strings to .dynstr.
func (f *file) tags(numNeeds, numDefs uint32) []tag {
	var out []tag
	text := func(t elf.DynTag, s string) {
		if s != "" {
			out = append(out, tag{tag: t, value: uint64(f.strings.add(s))})
		}
	}
	for _, n := range f.spec.Needed {
		text(elf.DT_NEEDED, n)
	}
	text(elf.DT_SONAME, f.spec.Soname)
	text(elf.DT_RPATH, f.spec.Rpath)
	text(elf.DT_RUNPATH, f.spec.Runpath)
	out = append(out,
		tag{tag: elf.DT_HASH, section: ".hash"},
		tag{tag: elf.DT_STRTAB, section: ".dynstr"},
		tag{tag: elf.DT_SYMTAB, section: ".dynsym"},
		tag{tag: elf.DT_STRSZ, value: uint64(len(f.strings.data))},
		tag{tag: elf.DT_SYMENT, value: symSize},
		tag{tag: elf.DT_VERSYM, section: ".gnu.version"},
	)
	if numNeeds > 0 {
		out = append(out, tag{tag: elf.DT_VERNEED, section: ".gnu.version_r"}, tag{tag: elf.DT_VERNEEDNUM, value: uint64(numNeeds)})
	}
	if numDefs > 0 {
		out = append(out, tag{tag: elf.DT_VERDEF, section: ".gnu.version_d"}, tag{tag: elf.DT_VERDEFNUM, value: uint64(numDefs)})
	}
	f.dyn = append(out, tag{tag: elf.DT_NULL})
	return f.dyn
}

// dynamic encodes .dynamic, after the sections were placed.
func (f *file) dynamic() []byte {
	var out []byte
	for _, t := range f.dyn {
		if s := f.get(t.section); t.section != "" && s != nil {
			t.value = s.Addr
		}
		out = append(out, pack(elf.Dyn64{Tag: int64(t.tag), Val: t.value})...)
	}
	return out
}

// The structures of symbol versions ("Symbol Versioning" in the Linux Standard
// Base, core specification).
type (
	verneed struct {
		Version, Count  uint16
		File, Aux, Next uint32
	}
	vernaux struct {
		Hash         uint32
		Flags, Other uint16
		Name, Next   uint32
	}
	verdef struct {
		Version, Flags, Index, Count uint16
		Hash, Aux, Next              uint32
	}
	verdaux struct{ Name, Next uint32 }
)

const (
	verneedSize = 16
	vernauxSize = 16
	verdefSize  = 20
	verdauxSize = 8
	flagBase    = 1 // VER_FLG_BASE: the file itself
)

// versionNeeds encodes .gnu.version_r and counts its libraries.
func (f *file) versionNeeds() (data []byte, libraries uint32) {
	// The numbers 0 and 1 are reserved, and the next ones belong to defined
	// versions.
	number := uint16(2 + len(f.spec.DefVersions))
	names := sorted(f.spec.NeedVersions)
	for i, lib := range names {
		versions := f.spec.NeedVersions[lib]
		n := verneed{Version: 1, Count: uint16(len(versions)), File: f.strings.add(lib), Aux: verneedSize}
		if i < len(names)-1 {
			n.Next = uint32(verneedSize + len(versions)*vernauxSize)
		}
		data = append(data, pack(n)...)
		for j, v := range versions {
			a := vernaux{Hash: hash(v), Other: number, Name: f.strings.add(v)}
			if j < len(versions)-1 {
				a.Next = vernauxSize
			}
			data = append(data, pack(a)...)
			number++
		}
	}
	return data, uint32(len(names))
}

// versionDefs encodes .gnu.version_d and counts its definitions. The first is
// the file's own name.
func (f *file) versionDefs() (data []byte, definitions uint32) {
	if len(f.spec.DefVersions) == 0 {
		return nil, 0
	}
	names := append([]string{f.spec.Soname}, f.spec.DefVersions...)
	for i, name := range names {
		d := verdef{Version: 1, Index: uint16(i + 1), Count: 1, Hash: hash(name), Aux: verdefSize}
		if i == 0 {
			d.Flags = flagBase
		}
		if i < len(names)-1 {
			d.Next = verdefSize + verdauxSize
		}
		data = append(data, pack(d, verdaux{Name: f.strings.add(name)})...)
	}
	return data, uint32(len(names))
}

// hash is the System V ABI's hash of a symbol's name.
func hash(name string) uint32 {
	var h uint32
	for i := range len(name) {
		h = h<<4 + uint32(name[i])
		g := h & 0xf0000000
		h = (h ^ g>>24) &^ g
	}
	return h
}
