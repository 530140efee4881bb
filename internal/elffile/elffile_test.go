package elffile_test

import (
	"bytes"
	"debug/elf"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/internal/elffile"
	"github.com/slimify/slimify/internal/elftest"
)

func TestRead(t *testing.T) {
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

// The test binary's own file is a real one.
func TestReadReal(t *testing.T) {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Skipf("no /proc here: %v", err)
	}
	defer f.Close()
	if _, err := elffile.Read(f); err != nil {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(elftest.Library(elftest.Spec{Soname: "a", Needed: []string{"b"}, NeedVersions: map[string][]string{"b": {"V"}}}))
	f.Add([]byte(elffile.Magic))
	f.Fuzz(func(_ *testing.T, data []byte) {
		_, _ = elffile.Read(bytes.NewReader(data))
	})
}
