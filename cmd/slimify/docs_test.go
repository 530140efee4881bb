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

	"github.com/slimify/slimify/internal/cli/help"
	"github.com/slimify/slimify/internal/cli/terminal"
)

// docs/reference is the output of the code.
func TestReference(t *testing.T) {
	t.Parallel()
	const dir = "../../docs/reference"
	root := newRoot(terminal.New(t.Context(), nil, io.Discard, io.Discard))
	want := help.Pages(root, false)
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if want[f.Name()] == nil {
			t.Errorf("%s/%s: unknown page (task docs)", dir, f.Name())
		}
	}
	for name, page := range want {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(got, page) {
			t.Errorf("%s/%s is out of date (task docs): %v\n%s", dir, name, err, cmp.Diff(string(page), string(got)))
		}
	}
}

// Every command has a description and an example, and every flag has a heading.
func TestHelpIsComplete(t *testing.T) {
	t.Parallel()
	root := newRoot(terminal.New(t.Context(), nil, io.Discard, io.Discard))
	known := make(map[string]bool)
	for _, g := range help.FlagGroups() {
		for _, f := range g.Flags {
			name, _, _ := strings.Cut(f, " ")
			if known[name] {
				t.Errorf("--%s has two headings", name)
			}
			known[name] = true
		}
	}
	for _, cmd := range append(root.Commands(), root) {
		if !cmd.Runnable() || cmd.Hidden {
			continue
		}
		if cmd.Long == "" || !cmd.HasExample() || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("the help of %s is not complete", cmd.CommandPath())
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !known[f.Name] {
				t.Errorf("%s: --%s has no heading in help.FlagGroups", cmd.CommandPath(), f.Name)
			}
		})
	}
}
