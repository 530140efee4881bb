//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
)

// window is a terminal window in which slimify runs. It interprets the output of slimify,
// and wraps lines anew when its width changes, as terminals do.
type window struct {
	t    *testing.T
	pty  *os.File
	cmd  *exec.Cmd
	ends chan error

	mu    sync.Mutex
	cols  int
	raw   bytes.Buffer
	lines [][]rune // logical lines; the cursor is in the last
	col   int
}

// timeout is how long a window waits for output.
const timeout = 30 * time.Second

// openWindow runs slimify in a window. A nil stdout is the window.
func openWindow(t *testing.T, cols int, stdout io.Writer, env []string, args ...string) *window {
	t.Helper()
	w := &window{t: t, cols: cols, cmd: exec.Command("slimify", args...), ends: make(chan error, 1), lines: [][]rune{nil}}
	w.cmd.Env = append(os.Environ(), append([]string{"CI=", "NO_COLOR=", "CLICOLOR=", "TERM=xterm"}, env...)...)
	w.cmd.Stdout = stdout
	var err error
	if w.pty, err = pty.StartWithSize(w.cmd, &pty.Winsize{Rows: 40, Cols: uint16(cols)}); err != nil {
		t.Fatal(err)
	}
	go func() {
		buf := make([]byte, 32<<10)
		for {
			n, err := w.pty.Read(buf) // it fails when the last process has ended
			w.show(buf[:n])
			if err != nil {
				w.ends <- w.cmd.Wait()
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = w.cmd.Process.Kill() // it has ended unless the test failed
		_ = w.pty.Close()
	})
	return w
}

// show draws output. Escape sequences are not split: each is one write.
func (w *window) show(p []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.raw.Write(p)
	for len(p) > 0 {
		if n, r := w.sequence(p); n > 0 {
			p = p[n:]
			continue
		} else if r != "" {
			w.t.Errorf("slimify sent %q", r)
		}
		r, n := utf8.DecodeRune(p)
		p = p[n:]
		last := &w.lines[len(w.lines)-1]
		switch {
		case r == '\r':
			w.col = w.col / w.cols * w.cols
		case r == '\n':
			w.lines = append(w.lines, nil)
			w.col = 0
		case w.col < len(*last):
			(*last)[w.col] = r
			w.col++
		default:
			*last = append(*last, r)
			w.col++
		}
	}
}

// sequence executes an escape sequence and returns its length.
func (w *window) sequence(p []byte) (n int, unknown string) {
	var number int
	var letter rune
	if p[0] != '\x1b' {
		return 0, ""
	}
	if _, err := fmt.Sscanf(string(p), "\x1b[%d%c", &number, &letter); err != nil {
		letter = 0
	}
	switch {
	case bytes.HasPrefix(p, []byte("\x1b[J")): // clears all that follows
		w.lines[len(w.lines)-1] = w.lines[len(w.lines)-1][:w.col]
		return 3, ""
	case letter == 'A': // up, in rows of the window
		for ; number > 0; number-- {
			if w.col >= w.cols {
				w.col -= w.cols
				continue
			}
			w.lines = w.lines[:len(w.lines)-1] // only J follows, which clears it
			w.col = max(0, len(w.lines[len(w.lines)-1])-1) / w.cols * w.cols
		}
	case letter != 'm': // colours
		return 0, string(p[:min(len(p), 10)])
	}
	return bytes.IndexRune(p, letter) + 1, ""
}

// resize changes the window's width.
func (w *window) resize(cols int) {
	w.t.Helper()
	w.mu.Lock()
	w.cols = cols
	w.mu.Unlock()
	if err := pty.Setsize(w.pty, &pty.Winsize{Rows: 40, Cols: uint16(cols)}); err != nil {
		w.t.Fatal(err)
	}
}

// text is the content of the window, one logical line per line.
func (w *window) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	for _, l := range w.lines {
		b.WriteString(strings.TrimRight(string(l), " ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// sent is all output of slimify.
func (w *window) sent() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.raw.String()
}

// until waits until the window shows something.
func (w *window) until(what string, shows func(text string) bool) string {
	w.t.Helper()
	for end := time.Now().Add(timeout); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if text := w.text(); shows(text) {
			return text
		}
	}
	w.t.Fatalf("%s is not shown:\n%s", what, w.text())
	return ""
}

// exit waits for the end of slimify and returns its status.
func (w *window) exit() int {
	w.t.Helper()
	select {
	case err := <-w.ends:
		var status *exec.ExitError
		if err != nil && !errors.As(err, &status) {
			w.t.Fatal(err)
		}
		return w.cmd.ProcessState.ExitCode()
	case <-time.After(timeout):
		w.t.Fatalf("slimify does not end:\n%s", w.text())
		return -1
	}
}
