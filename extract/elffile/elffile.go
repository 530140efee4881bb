// Package elffile reads what the dynamic loader reads from an ELF file: the
// libraries that it needs, the directories to search, and the symbol versions
// that it requires and defines (ELF gABI, "Dynamic Linking"; ld.so(8)).
package elffile

import (
	"debug/elf"
	"fmt"
	"io"
)

// Magic begins every ELF file.
const Magic = "\x7fELF"

// Info is what the loader reads from a file. Its JSON form is stored as
// evidence.
type Info struct {
	Class   elf.Class   `json:"class"`
	Machine elf.Machine `json:"machine"`
	Soname  string      `json:"soname,omitempty"`
	Interp  string      `json:"interp,omitempty"` // PT_INTERP: the loader of a program
	Needed  []string    `json:"needed,omitempty"`
	Rpath   []string    `json:"rpath,omitempty"`
	Runpath []string    `json:"runpath,omitempty"`
	// Needs lists the symbol versions required from each library: libc.so.6 to
	// GLIBC_2.34.
	Needs map[string][]string `json:"needs,omitempty"`
	// Defines lists the symbol versions that the file defines.
	Defines []string `json:"defines,omitempty"`
	// Names are library names among the file's constant strings, which it may
	// pass to dlopen(3), without those in Needed.
	Names []string `json:"names,omitempty"`
}

// maxInterp bounds PT_INTERP, a path.
const maxInterp = 4096

// Read reads an ELF file. One without a dynamic section (an object, a static
// program) gives an Info without needs.
func Read(r io.ReaderAt) (*Info, error) {
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, err
	}
	info := &Info{Class: f.Class, Machine: f.Machine, Interp: interp(f)}
	section := f.SectionByType(elf.SHT_DYNAMIC)
	if section == nil {
		return info, nil
	}
	l := &linkage{f, maxTexts}
	texts, err := l.dynamic(section, elf.DT_NEEDED, elf.DT_RPATH, elf.DT_RUNPATH, elf.DT_SONAME)
	if err != nil {
		return nil, fmt.Errorf("reading the dynamic section: %w", err)
	}
	info.Needed, info.Rpath, info.Runpath = texts[elf.DT_NEEDED], texts[elf.DT_RPATH], texts[elf.DT_RUNPATH]
	if names := texts[elf.DT_SONAME]; len(names) > 0 {
		info.Soname = names[0]
	}
	info.Needs, info.Defines = l.needs(), l.defines()
	info.Names = libraryNames(f, info)
	return info, nil
}

// Fits reports whether a library has info's class and machine, so that both can
// be loaded into one program.
func (info *Info) Fits(library *Info) bool {
	return info.Class == library.Class && info.Machine == library.Machine
}

// Multiarch is the directory name of a machine's libraries in Debian
// (Multiarch/Tuples), or "".
func (info *Info) Multiarch() string {
	switch info.Machine {
	case elf.EM_X86_64:
		if info.Class == elf.ELFCLASS32 {
			return "x86_64-linux-gnux32"
		}
		return "x86_64-linux-gnu"
	case elf.EM_AARCH64:
		return "aarch64-linux-gnu"
	case elf.EM_ARM:
		return "arm-linux-gnueabihf"
	case elf.EM_386:
		return "i386-linux-gnu"
	case elf.EM_PPC64:
		return "powerpc64le-linux-gnu"
	case elf.EM_S390:
		return "s390x-linux-gnu"
	case elf.EM_RISCV:
		return "riscv64-linux-gnu"
	}
	return ""
}
