package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

// The flags that README and docs name exist, in text and in command lines.
func TestDocumentedFlags(t *testing.T) {
	known := map[string]bool{ // flags of other programs
		"no-cache-dir": true, "hash": true, "generate-hashes": true, "include-path": true, "user": true, "volume": true,
	}
	root := newRoot(newTerminal(t.Context(), nil, io.Discard, io.Discard))
	for _, cmd := range append(root.Commands(), root) {
		cmd.InitDefaultHelpFlag()
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known[f.Name] = true })
	}
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	// A command line may go on after a backslash, and ends at a pipe.
	inCode, commandLine := regexp.MustCompile("`--([a-z][a-z-]*)"), regexp.MustCompile(`(?m)^[ $]*(?:[^\n|]*\| *)*slimify ((?:\\\n|[^|\n])*)`)
	inCommand := regexp.MustCompile(`(?:^|\s)--([a-z][a-z-]*)`)
	looked := 0
	for _, file := range append(files, "../../README.md", "../../CONTRIBUTING.md", "../../SECURITY.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := inCode.FindAllSubmatch(text, -1)
		for _, m := range commandLine.FindAllSubmatch(text, -1) {
			line, _, _ := bytes.Cut(m[1], []byte(" -- ")) // what follows is for a program of the image
			found = append(found, inCommand.FindAllSubmatch(line, -1)...)
		}
		looked += len(found)
		for _, m := range found {
			if !known[string(m[1])] {
				t.Errorf("%s names --%s, which no command has", file, m[1])
			}
		}
	}
	if looked < 100 {
		t.Errorf("only %d flags were found", looked)
	}
}

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
