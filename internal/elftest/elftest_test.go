package elftest_test

import (
	"bytes"
	"debug/elf"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/internal/elftest"
)

// defined lists the definitions as debug/elf reads them back.
func defined(t *testing.T, f *elf.File) (out []string) {
	t.Helper()
	vs, err := f.DynamicVersions()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vs {
		out = append(out, fmt.Sprintf("%d %s %d", v.Index, v.Name, v.Flags))
	}
	return out
}

// needed maps libraries to the versions that are wanted of them.
func needed(t *testing.T, f *elf.File) map[string][]string {
	t.Helper()
	ns, err := f.DynamicVersionNeeds()
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string][]string)
	for _, n := range ns {
		for _, dep := range n.Needs {
			out[n.Name] = append(out[n.Name], dep.Dep)
		}
	}
	return out
}

func TestLibrary(t *testing.T) {
	t.Parallel()
	spec := elftest.Spec{
		Soname: "libpq.so.5", Needed: []string{"libssl.so.1.1", "libc.so.6"},
		Rpath: "/opt/lib", Runpath: "$ORIGIN/../lib", Interp: "/lib64/ld-linux-x86-64.so.2",
		NeedVersions: map[string][]string{
			"libssl.so.1.1": {"OPENSSL_1_1_0"}, "libc.so.6": {"GLIBC_2.2.5", "GLIBC_2.14"},
		},
		DefVersions: []string{"PQ_1", "PQ_2"},
		Rodata:      []string{"git", "libmagic.so.1"},
	}
	data := elftest.Library(spec)
	if !bytes.Equal(data, elftest.Library(spec)) {
		t.Error("two calls differ")
	}
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	libs, err := f.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(spec.Needed, libs); diff != "" {
		t.Error(diff)
	}
	for tag, want := range map[elf.DynTag]string{
		elf.DT_SONAME: spec.Soname, elf.DT_RPATH: spec.Rpath, elf.DT_RUNPATH: spec.Runpath,
	} {
		got, err := f.DynString(tag)
		if err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s = %q, %v, want %q", tag, got, err, want)
		}
	}
	if diff := cmp.Diff(spec.NeedVersions, needed(t, f)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1 libpq.so.5 1", "2 PQ_1 0", "3 PQ_2 0"}, defined(t, f)); diff != "" {
		t.Error(diff)
	}
	if rodata, err := f.Section(".rodata").Data(); err != nil || string(rodata) != "git\x00libmagic.so.1\x00" {
		t.Errorf(".rodata = %q, %v", rodata, err)
	}
	checkSegments(t, f, spec.Interp)
}

// checkSegments finds in the file, at the addresses that a loader would use,
// what the sections hold.
func checkSegments(t *testing.T, f *elf.File, interp string) {
	t.Helper()
	kinds := make(map[elf.ProgType]*elf.Prog)
	for _, p := range f.Progs {
		kinds[p.Type] = p
	}
	load, dyn := kinds[elf.PT_LOAD], kinds[elf.PT_DYNAMIC]
	if load == nil || dyn == nil {
		t.Fatalf("segments: %v", f.Progs)
	}
	if dyn.Off != f.Section(".dynamic").Offset || dyn.Vaddr+dyn.Memsz > load.Vaddr+load.Memsz {
		t.Errorf("PT_DYNAMIC %+v is not within %+v", dyn.ProgHeader, load.ProgHeader)
	}
	for tag, name := range map[elf.DynTag]string{
		elf.DT_STRTAB: ".dynstr", elf.DT_SYMTAB: ".dynsym", elf.DT_VERNEED: ".gnu.version_r", elf.DT_VERDEF: ".gnu.version_d",
	} {
		got, err := f.DynValue(tag)
		if err != nil || len(got) != 1 || got[0] != f.Section(name).Addr {
			t.Errorf("%s = %x, %v, want %x", tag, got, err, f.Section(name).Addr)
		}
	}
	text := make([]byte, len(interp))
	if _, err := kinds[elf.PT_INTERP].ReadAt(text, 0); err != nil || string(text) != interp {
		t.Errorf("PT_INTERP = %q, %v", text, err)
	}
}

func TestLibraryZero(t *testing.T) {
	t.Parallel()
	f, err := elf.NewFile(bytes.NewReader(elftest.Library(elftest.Spec{})))
	if err != nil {
		t.Fatal(err)
	}
	if f.Machine != elf.EM_X86_64 || f.Type != elf.ET_DYN || f.Section(".rodata") != nil || f.Section(".gnu.version_r") != nil {
		t.Errorf("%+v", f.FileHeader)
	}
	if libs, err := f.ImportedLibraries(); err != nil || len(libs) != 0 {
		t.Errorf("needs %q, %v", libs, err)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("a library has an interpreter")
		}
	}
}

func TestLibraryMachine(t *testing.T) {
	t.Parallel()
	f, err := elf.NewFile(bytes.NewReader(elftest.Library(elftest.Spec{Machine: elf.EM_AARCH64, Type: elf.ET_EXEC})))
	if err != nil || f.Machine != elf.EM_AARCH64 || f.Type != elf.ET_EXEC || f.ByteOrder.String() != "LittleEndian" {
		t.Errorf("%+v, %v", f, err)
	}
}
