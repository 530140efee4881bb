package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// The flags that README and docs name exist, in text and in command lines. The
// reference, which another test holds to the code, lists all flags.
func TestDocumentedFlags(t *testing.T) {
	t.Parallel()
	known := map[string]bool{ // flags of other programs
		"no-cache-dir": true, "hash": true, "generate-hashes": true, "include-path": true, "user": true, "volume": true,
	}
	row := regexp.MustCompile("(?m)^\\| `(?:-., )?--([a-z-]+)")
	for _, text := range readAll(t, "../../docs/reference/*.md") {
		for _, m := range row.FindAllSubmatch(text, -1) {
			known[string(m[1])] = true
		}
	}
	// A command line may go on after a backslash, and ends at a pipe.
	inText, commandLine := regexp.MustCompile("`--([a-z][a-z-]*)"), regexp.MustCompile(`(?m)^[ $]*(?:[^\n|]*\| *)*slimify ((?:\\\n|[^|\n])*)`)
	inCommand := regexp.MustCompile(`(?:^|\s)--([a-z][a-z-]*)`)
	looked := 0
	for file, text := range readAll(t, "../../docs/*.md", "../../*.md") {
		found := inText.FindAllSubmatch(text, -1)
		for _, m := range commandLine.FindAllSubmatch(text, -1) {
			line, _, _ := bytes.Cut(m[1], []byte(" -- ")) // the rest is for a program of the image
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

// readAll reads the files that match any of the patterns.
func readAll(t *testing.T, patterns ...string) map[string][]byte {
	t.Helper()
	out := make(map[string][]byte)
	for _, p := range patterns {
		names, err := filepath.Glob(p)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: no files (%v)", p, err)
		}
		for _, name := range names {
			if out[name], err = os.ReadFile(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

// The messages that docs/registries.md explains are messages of the program.
func TestDocumentedMessages(t *testing.T) {
	var sources []byte
	for _, text := range readAll(t, "../../assemble/reference/*.go") {
		sources = append(sources, text...)
	}
	for _, text := range readAll(t, "../../docs/registries.md") {
		_, table, _ := bytes.Cut(text, []byte("| message | meaning |"))
		rows := regexp.MustCompile("(?m)^\\| `(.*?)` \\|").FindAllSubmatch(table, -1)
		if len(rows) < 5 {
			t.Fatalf("%d messages", len(rows))
		}
		for _, m := range rows {
			for part := range bytes.SplitSeq(m[1], []byte("…")) {
				if !bytes.Contains(sources, bytes.TrimSpace(part)) {
					t.Errorf("no error says %q", m[1])
				}
			}
		}
	}
}
