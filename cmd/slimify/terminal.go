package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
)

// terminal is where a command speaks: the result on stdout, all else on stderr.
type terminal struct {
	stdin          io.Reader // ends when the command is interrupted
	keyboard       *os.File  // stdin as it is, if it is a file
	stdout, stderr io.Writer
	screen         *screen
	colour         palette // of stderr; stdout has none
	// records takes what people would be told on stderr, where that is to be records;
	// else it is nil.
	records *slog.Logger
	closers []func()
}

// newTerminal puts both streams on the screen, whose frame they must not tear.
func newTerminal(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) *terminal {
	s := newScreen(stderr, os.Getenv)
	keyboard, _ := stdin.(*os.File)
	return &terminal{
		stdin: &interruptible{ctx, stdin}, keyboard: keyboard, stdout: s.writer(stdout), stderr: s.writer(stderr), screen: s,
		colour: newPalette(s.IsTerminal(), os.Getenv),
	}
}

// interruptible reads a stream of which nobody knows when more comes. What waits when ctx
// ends is left behind: it ends with the process.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

// maxRead bounds what is read at once, in bytes.
const maxRead = 64 << 10

func (i *interruptible) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	size := min(len(p), maxRead)
	go func() {
		buf := make([]byte, size) // of its own: p is the caller's again when ctx has ended
		n, err := i.r.Read(buf)
		done <- result{buf[:n], err}
	}()
	select {
	case r := <-done:
		return copy(p, r.data), r.err
	case <-i.ctx.Done():
		return 0, i.ctx.Err()
	}
}

// interactive reports whether stderr is a terminal that can show bars.
func (t *terminal) interactive() bool { return t.screen.IsTerminal() }

// Close ends what shows progress: what is printed after it stays alone.
func (t *terminal) Close() {
	for _, end := range slices.Backward(t.closers) {
		end()
	}
	t.closers = nil
}

// fail tells of an error and what to do. about is what it befell; "" if that is the
// whole command.
func (t *terminal) fail(about, message string, o outcome) {
	message, hint := tellable(message), tellable(o.hint)
	if t.records != nil {
		attrs := []any{"exit_code", o.code}
		for _, a := range [][2]string{{"about", about}, {"hint", hint}} {
			if a[1] != "" {
				attrs = append(attrs, a[0], a[1])
			}
		}
		t.records.Error(message, attrs...)
		return
	}
	if about != "" {
		about += ": "
	}
	fmt.Fprintf(t.stderr, "slimify: %s %s%s\n", t.colour.bad("error:"), about, message)
	if hint != "" {
		fmt.Fprintf(t.stderr, "slimify: hint: %s%s\n", about, hint)
	}
}

// print writes a whole document to stdout.
func (t *terminal) print(doc *bytes.Buffer) error {
	if _, err := t.stdout.Write(doc.Bytes()); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// printJSON writes a value to stdout as an indented document.
func (t *terminal) printJSON(v any) error {
	var doc bytes.Buffer
	enc := json.NewEncoder(&doc)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encoding the result: %w", err)
	}
	return t.print(&doc)
}
