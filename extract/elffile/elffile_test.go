package elffile_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/slimify/slimify/extract/elffile"
	"github.com/slimify/slimify/internal/elftest"
)

func TestRead(t *testing.T) {
	t.Parallel()
	file := elftest.Library(elftest.Spec{
		Soname: "libx.so.1", Needed: []string{"libc.so.6", "libpq.so.5"}, Runpath: "$ORIGIN/../lib", Interp: "/lib64/ld-linux-x86-64.so.2",
		NeedVersions: map[string][]string{"libc.so.6": {"GLIBC_2.2.5", "GLIBC_2.34"}}, DefVersions: []string{"X_1.0"},
	})
	got, err := elffile.Read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	want := &elffile.Info{
		Class: elf.ELFCLASS64, Machine: elf.EM_X86_64, Soname: "libx.so.1", Interp: "/lib64/ld-linux-x86-64.so.2",
		Needed: []string{"libc.so.6", "libpq.so.5"}, Runpath: []string{"$ORIGIN/../lib"},
		Needs: map[string][]string{"libc.so.6": {"GLIBC_2.2.5", "GLIBC_2.34"}}, Defines: []string{"libx.so.1", "X_1.0"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("info (-want +got):\n%s", diff)
	}
	if got.Multiarch() != "x86_64-linux-gnu" {
		t.Errorf("Multiarch = %q", got.Multiarch())
	}
}

// Real libraries read as they do with debug/elf.
func TestReadReal(t *testing.T) {
	t.Parallel()
	libraries, _ := filepath.Glob("/usr/lib/*/lib*.so.*") // the pattern is a good one
	libraries = append(libraries, "/proc/self/exe")
	read := 0
	for _, name := range libraries[max(0, len(libraries)-200):] {
		f, err := elf.Open(name)
		if err != nil {
			continue // a script of the linker, or of another machine
		}
		want := &elffile.Info{Needs: map[string][]string{}}
		want.Needed, _ = f.ImportedLibraries()
		want.Rpath, _ = f.DynString(elf.DT_RPATH)
		want.Runpath, _ = f.DynString(elf.DT_RUNPATH)
		needs, _ := f.DynamicVersionNeeds()
		for _, n := range needs {
			for _, v := range n.Needs {
				if v.Flags&elf.VER_FLG_WEAK == 0 {
					want.Needs[n.Name] = append(want.Needs[n.Name], v.Dep)
				}
			}
		}
		defines, _ := f.DynamicVersions()
		for _, v := range defines {
			want.Defines = append(want.Defines, v.Name)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := elffile.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		read++
		opts := []cmp.Option{cmpopts.EquateEmpty(), cmpopts.IgnoreFields(elffile.Info{}, "Class", "Machine", "Soname", "Interp", "Names")}
		if diff := cmp.Diff(want, got, opts...); diff != "" {
			t.Errorf("%s (-debug/elf +got):\n%s", name, diff)
		}
	}
	if read == 0 {
		t.Skip("this machine has no ELF file to read")
	}
}

// Lists that lead out of their section end there.
func TestDamagedLists(t *testing.T) {
	t.Parallel()
	file := elftest.Library(elftest.Spec{
		Needed: []string{"libc.so.6"}, NeedVersions: map[string][]string{"libc.so.6": {"GLIBC_2.34"}}, DefVersions: []string{"X_1.0"},
	})
	f, err := elf.NewFile(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	need, def := f.SectionByType(elf.SHT_GNU_VERNEED).Offset, f.SectionByType(elf.SHT_GNU_VERDEF).Offset
	for name, at := range map[string]uint64{"needs": need + 12, "defines": def + 16, "of a library": need + 16 + 12} {
		looped := bytes.Clone(file)
		binary.LittleEndian.PutUint32(looped[at:], 1<<32-16)
		binary.LittleEndian.PutUint16(looped[need+2:], 1<<16-1)
		if _, err := elffile.Read(bytes.NewReader(looped)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Strings that are compressed cannot be read from the middle: debug/elf gives no reader
// for them. The loader would not find them either.
func TestCompressedStrings(t *testing.T) {
	t.Parallel()
	file := elftest.Library(elftest.Spec{Needed: []string{"libc.so.6"}, NeedVersions: map[string][]string{"libc.so.6": {"GLIBC_2.34"}}})
	const headerSize, flags = 64, 8 // of a section, and their place in it
	table := int(binary.LittleEndian.Uint64(file[0x28:]))
	f, err := elf.NewFile(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range f.Sections {
		if s.Name == ".dynstr" {
			binary.LittleEndian.PutUint64(file[table+i*headerSize+flags:], uint64(elf.SHF_COMPRESSED))
		}
	}
	if info, err := elffile.Read(bytes.NewReader(file)); err == nil {
		t.Errorf("got %+v", info)
	}
}

// A dynamic section may be as long as the file, and name what is not there.
func TestLongLists(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		entries int
		wantErr bool
	}{{1 << 15, false}, {1 << 17, true}} {
		file := elftest.Library(elftest.Spec{})
		f, err := elf.NewFile(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		header := int(binary.LittleEndian.Uint64(file[0x28:])) + 64*slices.Index(f.Sections, f.SectionByType(elf.SHT_DYNAMIC))
		binary.LittleEndian.PutUint64(file[header+24:], uint64(len(file)))     // sh_offset
		binary.LittleEndian.PutUint64(file[header+32:], uint64(16*tt.entries)) // sh_size
		for range tt.entries {
			file = binary.LittleEndian.AppendUint64(file, uint64(elf.DT_NEEDED))
			file = binary.LittleEndian.AppendUint64(file, 1<<40)
		}
		info, err := elffile.Read(bytes.NewReader(file))
		if (err != nil) != tt.wantErr || err == nil && len(info.Needed) > 0 {
			t.Errorf("%d entries: %+v, %v", tt.entries, info, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(elftest.Library(elftest.Spec{Soname: "a", Needed: []string{"b"}, NeedVersions: map[string][]string{"b": {"V"}}}))
	f.Add([]byte(elffile.Magic))
	f.Fuzz(func(_ *testing.T, data []byte) {
		_, _ = elffile.Read(bytes.NewReader(data))
	})
}
