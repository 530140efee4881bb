// Package elffile reads what the dynamic loader reads of an ELF file: what it
// needs, where it looks, and which symbol versions it wants and defines (ELF
// gABI, "Dynamic Linking"; ld.so(8)).
package elffile

import (
	"debug/elf"
	"fmt"
	"io"
	"slices"
)

// Magic begins every ELF file.
const Magic = "\x7fELF"

// Info is the loader's view of a file. Its JSON form is kept in indexes.
type Info struct {
	Class   elf.Class   `json:"class"`
	Machine elf.Machine `json:"machine"`
	Soname  string      `json:"soname,omitempty"`
	Interp  string      `json:"interp,omitempty"` // PT_INTERP: the loader of a program
	Needed  []string    `json:"needed,omitempty"`
	Rpath   []string    `json:"rpath,omitempty"`
	Runpath []string    `json:"runpath,omitempty"`
	// Needs lists the symbol versions wanted of each library: libc.so.6 to
	// GLIBC_2.34.
	Needs map[string][]string `json:"needs,omitempty"`
	// Defines lists the symbol versions that the file has.
	Defines []string `json:"defines,omitempty"`
	// Names are the names of libraries among the file's constant strings, which
	// it may give to dlopen(3); those in Needed are left out.
	Names []string `json:"names,omitempty"`
}

// maxInterp bounds PT_INTERP, a path.
const maxInterp = 4096

// Read reads a file. A file that is ELF but has no dynamic section (an object,
// a static program) gives an Info without needs.
func Read(r io.ReaderAt) (*Info, error) {
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, err
	}
	info := &Info{Class: f.Class, Machine: f.Machine, Interp: interp(f)}
	if f.SectionByType(elf.SHT_DYNAMIC) == nil {
		return info, nil
	}
	if info.Needed, err = f.ImportedLibraries(); err != nil {
		return nil, fmt.Errorf("reading DT_NEEDED: %w", err)
	}
	for tag, to := range map[elf.DynTag]*[]string{elf.DT_RPATH: &info.Rpath, elf.DT_RUNPATH: &info.Runpath} {
		if *to, err = f.DynString(tag); err != nil {
			return nil, fmt.Errorf("reading %v: %w", tag, err)
		}
	}
	if names, err := f.DynString(elf.DT_SONAME); err == nil && len(names) > 0 {
		info.Soname = names[0]
	}
	// A file without versions gives an error, which is no fault.
	if needs, err := f.DynamicVersionNeeds(); err == nil {
		for _, n := range needs {
			for _, v := range n.Needs {
				if v.Flags&elf.VER_FLG_WEAK != 0 {
					continue
				}
				if info.Needs == nil {
					info.Needs = make(map[string][]string)
				}
				info.Needs[n.Name] = append(info.Needs[n.Name], v.Dep)
			}
		}
	}
	if versions, err := f.DynamicVersions(); err == nil {
		for _, v := range versions {
			info.Defines = append(info.Defines, v.Name)
		}
	}
	info.Names = libraryNames(f, info)
	return info, nil
}

func interp(f *elf.File) string {
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP || p.Filesz == 0 || p.Filesz > maxInterp {
			continue
		}
		b := make([]byte, p.Filesz)
		if _, err := p.ReadAt(b, 0); err != nil {
			return ""
		}
		if i := slices.Index(b, 0); i >= 0 {
			b = b[:i]
		}
		return string(b)
	}
	return ""
}

// Fits reports whether a library can be loaded into a program of info's kind.
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
