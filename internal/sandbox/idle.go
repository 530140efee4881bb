package sandbox

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// machine describes a program that does nothing for one architecture.
type machine struct {
	elf   elf.Machine
	flags uint32 // e_flags
	code  []byte // exit(0)
	order binary.ByteOrder
	wide  bool // 64 bits
}

// machines maps names of architectures in images to their programs.
func machines() map[string]machine {
	little, big := binary.LittleEndian, binary.BigEndian
	return map[string]machine{
		"386":     {elf.EM_386, 0, []byte("\x31\xdb\x31\xc0\x40\xcd\x80"), little, false},                              // xor ebx,ebx; xor eax,eax; inc eax; int 0x80
		"amd64":   {elf.EM_X86_64, 0, []byte("\x31\xff\xb8\x3c\x00\x00\x00\x0f\x05"), little, true},                    // xor edi,edi; mov eax,60; syscall
		"arm":     {elf.EM_ARM, 0x05000000, []byte("\x00\x00\xa0\xe3\x01\x70\xa0\xe3\x00\x00\x00\xef"), little, false}, // mov r0,0; mov r7,1; svc 0
		"arm64":   {elf.EM_AARCH64, 0, []byte("\x00\x00\x80\xd2\xa8\x0b\x80\xd2\x01\x00\x00\xd4"), little, true},       // mov x0,0; mov x8,93; svc 0
		"ppc64le": {elf.EM_PPC64, 2, []byte("\x01\x00\x00\x38\x00\x00\x60\x38\x02\x00\x00\x44"), little, true},         // li r0,1; li r3,0; sc
		"riscv64": {elf.EM_RISCV, 0, []byte("\x13\x05\x00\x00\x93\x08\xd0\x05\x73\x00\x00\x00"), little, true},         // li a0,0; li a7,93; ecall
		"s390x":   {elf.EM_S390, 0, []byte("\xa7\x29\x00\x00\x0a\x01"), big, true},                                     // lghi r2,0; svc 1
	}
}

// idle returns a program that exits at once with status 0: an ELF file with one
// segment, which needs no loader, library or shell. Choose runs it to test a
// runtime.
func idle(architecture string) ([]byte, bool) {
	m, ok := machines()[architecture]
	if !ok {
		return nil, false
	}
	const base, page = 0x10000, 0x10000 // where the file is mapped; pages have up to 64 KiB
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS32), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}
	if m.order == binary.BigEndian {
		ident[elf.EI_DATA] = byte(elf.ELFDATA2MSB)
	}
	var buf bytes.Buffer
	write := func(v any) { _ = binary.Write(&buf, m.order, v) } // a Buffer returns no error
	if m.wide {
		ident[elf.EI_CLASS] = byte(elf.ELFCLASS64)
		head := elf.Header64{
			Ident: ident, Type: uint16(elf.ET_EXEC), Machine: uint16(m.elf), Version: uint32(elf.EV_CURRENT), Flags: m.flags,
			Ehsize: 64, Phoff: 64, Phentsize: 56, Phnum: 1, Entry: base + 64 + 56,
		}
		size := uint64(64 + 56 + len(m.code))
		write(head)
		write(elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Vaddr: base, Paddr: base, Filesz: size, Memsz: size, Align: page})
	} else {
		head := elf.Header32{
			Ident: ident, Type: uint16(elf.ET_EXEC), Machine: uint16(m.elf), Version: uint32(elf.EV_CURRENT), Flags: m.flags,
			Ehsize: 52, Phoff: 52, Phentsize: 32, Phnum: 1, Entry: base + 52 + 32,
		}
		size := uint32(52 + 32 + len(m.code))
		write(head)
		write(elf.Prog32{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Vaddr: base, Paddr: base, Filesz: size, Memsz: size, Align: page})
	}
	write(m.code)
	return buf.Bytes(), true
}
