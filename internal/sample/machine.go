package sample

import (
	"debug/elf"
	"strings"

	"github.com/slimify/slimify/internal/elftest"
	"github.com/slimify/slimify/layers/layertest"
)

// machine describes an architecture in an image.
type machine struct {
	debian string // dpkg's name
	tuple  string // multiarch: "x86_64-linux-gnu"
	elf    elf.Machine
	loader string // PT_INTERP, without the leading slash
	// cacheFlags are the flags of its libraries in the loader's cache (glibc's
	// dl-cache.h).
	cacheFlags int32
}

func machineOf(architecture string) (m machine, ok bool) {
	switch architecture {
	case "amd64":
		return machine{"amd64", "x86_64-linux-gnu", elf.EM_X86_64, "lib64/ld-linux-x86-64.so.2", 0x303}, true
	case "arm64":
		return machine{"arm64", "aarch64-linux-gnu", elf.EM_AARCH64, "lib/ld-linux-aarch64.so.1", 0xa03}, true
	}
	return machine{}, false
}

// lib is the path of a shared library in Debian. Lists of packages hold some by
// the path before /usr was merged.
func (m machine) lib(name string) string { return "usr/lib/" + m.tuple + "/" + name }

// program is an executable file of about size bytes.
func (m machine) program(name string, size int, needed ...string) layertest.Entry {
	return layertest.Script(name, string(elftest.Library(elftest.Spec{
		Machine: m.elf, Interp: "/" + m.loader, Needed: append(needed, "libc.so.6"), NeedVersions: glibc(), Rodata: noises(name, size),
	})))
}

// library is a shared library of about size bytes, named by its soname.
func (m machine) library(name string, size int, needed ...string) layertest.Entry {
	return layertest.File(name, string(elftest.Library(elftest.Spec{
		Machine: m.elf, Soname: name[strings.LastIndexByte(name, '/')+1:],
		Needed: append(needed, "libc.so.6"), NeedVersions: glibc(), Rodata: noises(name, size),
	})))
}

// module is an extension module of Python, which has no soname.
func (m machine) module(name string, size int, needed ...string) layertest.Entry {
	return layertest.Script(name, string(elftest.Library(elftest.Spec{
		Machine: m.elf, Needed: append(needed, "libc.so.6"), NeedVersions: glibc(), Rodata: noises(name, size),
	})))
}

// glibc is what nearly all files require from the C library.
func glibc() map[string][]string { return map[string][]string{"libc.so.6": {"GLIBC_2.17"}} }

// cLibrary is one of glibc's own libraries.
func (m machine) cLibrary(name string, size int, needed ...string) layertest.Entry {
	return layertest.Script(m.lib(name), string(elftest.Library(elftest.Spec{
		Machine: m.elf, Soname: name, Needed: needed, Rodata: noises(name, size),
		DefVersions: []string{"GLIBC_2.2.5", "GLIBC_2.14", "GLIBC_2.17", "GLIBC_2.28", "GLIBC_2.31"},
	})))
}

func noises(seed string, size int) []string {
	if size == 0 {
		return nil
	}
	return []string{noise(seed, size)}
}
