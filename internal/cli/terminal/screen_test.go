package terminal

import (
	"bytes"
	"fmt"
	"testing"
)

// While there are bars, output waits for the end of its line, and is not lost.
func TestUnfinishedLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := new(screen)
	w := s.writer(&out)
	fmt.Fprint(w, "before, ")
	s.begin()
	fmt.Fprint(w, "a line\nand h")
	fmt.Fprint(w, "alf of one")
	if got, want := out.String(), "before, a line\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	fmt.Fprint(w, " more\nanother")
	fmt.Fprint(s.writer(&out), "the result\n")
	fmt.Fprint(w, "rest")
	s.end()
	fmt.Fprint(w, "after")
	if got, want := out.String(), "before, a line\nand half of one more\nanother\nthe result\nrest\nafter"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
