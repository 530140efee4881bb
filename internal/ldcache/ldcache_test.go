package ldcache_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/internal/ldcache"
)

var sample = []ldcache.Entry{
	{Flags: 0x303, Name: "libc.so.6", Path: "/lib/x86_64-linux-gnu/libc.so.6"},
	{Flags: 0x303, Name: "libz.so.1", Path: "/lib/x86_64-linux-gnu/libz.so.1"},
	{Flags: 0x303, Name: "libfoo.so.10", Path: "/usr/local/lib/libfoo.so.10"},
	{Flags: 0x303, Name: "libfoo.so.9", Path: "/usr/local/lib/libfoo.so.9"},
}

func TestFormat(t *testing.T) {
	t.Parallel()
	got, err := ldcache.Parse(ldcache.Format(sample))
	if err != nil {
		t.Fatal(err)
	}
	// Names descend, with 10 above 9, for the loader's binary search.
	want := []ldcache.Entry{sample[1], sample[2], sample[3], sample[0]}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

// ldconfig before glibc 2.32 writes the older format in front.
func TestParseCompat(t *testing.T) {
	t.Parallel()
	old := make([]byte, 16+12)
	copy(old, "ld.so-1.7.0")
	binary.LittleEndian.PutUint32(old[12:], 1)
	old = append(old, make([]byte, 4)...) // aligned to eight bytes
	got, err := ldcache.Parse(append(old, ldcache.Format(sample)...))
	if err != nil || len(got) != len(sample) {
		t.Errorf("Parse = %v, %v", got, err)
	}
}

// The machine's own cache, if it has one, is written as it was read.
func TestRealCache(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("/etc/ld.so.cache")
	if err != nil {
		t.Skipf("no cache on this machine: %v", err)
	}
	want, err := ldcache.Parse(data)
	if err != nil {
		t.Skipf("this machine's cache is of another kind: %v", err)
	}
	got, err := ldcache.Parse(ldcache.Format(want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ldconfig's order is not ours (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(ldcache.Format(sample))
	f.Add([]byte("ld.so-1.7.0\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := ldcache.Parse(data)
		if err != nil {
			return
		}
		again, err := ldcache.Parse(ldcache.Format(entries))
		if err != nil || len(again) != len(entries) {
			t.Errorf("%d entries became %d: %v", len(entries), len(again), err)
		}
		if !bytes.Equal(ldcache.Format(again), ldcache.Format(entries)) {
			t.Error("formatting is not stable")
		}
	})
}
