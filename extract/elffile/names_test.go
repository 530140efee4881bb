package elffile_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/extract/elffile"
	"github.com/slimify/slimify/internal/elftest"
)

func TestNames(t *testing.T) {
	t.Parallel()
	many := make([]string, 200)
	for i := range many {
		many[i] = fmt.Sprintf("lib%03d.so", i)
	}
	for _, c := range []struct {
		name   string
		rodata []string
		want   []string
	}{
		{"none", []string{"git", "x.so"}, nil},
		{"with and without a version", []string{"a", "libmagic.so.1", "libz-1.2_x+.so", "libstdc++.so.6.0.1"}, []string{"libmagic.so.1", "libstdc++.so.6.0.1", "libz-1.2_x+.so"}},
		{"the first string", []string{"liba.so"}, []string{"liba.so"}},
		{"whole strings only", []string{"no liba.so.1", "liba.so is missing", "liba.so.", "liba.so.x", "liba.sox", "/usr/lib/libb.so", "lib%s.so", "lib.so", "liba.so1"}, nil},
		{"its own name and what it needs", []string{"libself.so.1", "libneeded.so.2", "libopened.so.3"}, []string{"libopened.so.3"}},
		{"once each", []string{"liba.so", "x", "liba.so"}, []string{"liba.so"}},
		{"too long", []string{"lib" + strings.Repeat("a", 200) + ".so"}, nil},
		{"where pieces of the section meet", []string{strings.Repeat("x", 256<<10-8), "liba.so.1", strings.Repeat("y", 256<<10), "libb.so.2"}, []string{"liba.so.1", "libb.so.2"}},
		{"no more than a limit", many, many[:64]},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := elftest.Library(elftest.Spec{Soname: "libself.so.1", Needed: []string{"libneeded.so.2"}, Rodata: c.rodata})
			info, err := elffile.Read(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, info.Names); diff != "" {
				t.Error(diff)
			}
		})
	}
}
