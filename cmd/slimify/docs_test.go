package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

// docs/reference is what the code gives, no more and no less.
func TestReference(t *testing.T) {
	const dir = "../../docs/reference"
	root := newRoot(newTerminal(t.Context(), nil, io.Discard, io.Discard))
	want := pages(root, false)
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if want[f.Name()] == nil {
			t.Errorf("%s/%s: there is no such page (task docs)", dir, f.Name())
		}
	}
	for name, page := range want {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(got, page) {
			t.Errorf("%s/%s is not what the code gives (task docs): %v\n%s", dir, name, err, cmp.Diff(string(page), string(got)))
		}
	}
}

// Every command says what it does, with an example, and every flag of it stands
// below a heading of the help.
func TestHelpIsWhole(t *testing.T) {
	root := newRoot(newTerminal(t.Context(), nil, io.Discard, io.Discard))
	known := make(map[string]bool)
	for _, g := range flagGroups() {
		for _, f := range g.flags {
			name, _, _ := strings.Cut(f, " ")
			if known[name] {
				t.Errorf("--%s stands below two headings", name)
			}
			known[name] = true
		}
	}
	for _, cmd := range append(root.Commands(), root) {
		if !cmd.Runnable() || cmd.Hidden {
			continue
		}
		if cmd.Long == "" || !cmd.HasExample() || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s has no whole help", cmd.CommandPath())
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !known[f.Name] {
				t.Errorf("%s: --%s has no heading in flagGroups", cmd.CommandPath(), f.Name)
			}
		})
	}
}
