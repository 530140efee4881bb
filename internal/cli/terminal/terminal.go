// Package terminal shows a person or a log what a command does while it runs: bars,
// lines, prompts and errors.
package terminal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"

	"github.com/slimify/slimify/internal/cli/exit"
	"github.com/slimify/slimify/internal/cli/text"
)

// Terminal is the standard streams of a command: the result goes to stdout, all else to
// stderr.
type Terminal struct {
	Stdin          io.Reader // ends when the command is interrupted
	Stdout, Stderr io.Writer
	Palette        text.Palette // of stderr; stdout has no colours
	// Records logs what people would read on stderr, with --log-format json; else it is
	// nil.
	Records *slog.Logger

	keyboard *os.File // stdin itself, if it is a file
	screen   *screen
	closers  []func()
}

// New returns the terminal of these streams. Reading stdin ends with ctx.
func New(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) *Terminal {
	s := newScreen(stderr, os.Getenv)
	keyboard, _ := stdin.(*os.File)
	return &Terminal{
		Stdin: &interruptible{ctx, stdin}, keyboard: keyboard, Stdout: s.writer(stdout), Stderr: s.writer(stderr), screen: s,
		Palette: text.NewPalette(s.IsTerminal(), os.Getenv),
	}
}

// interruptible reads a stream until ctx ends. A read that is blocked then is left
// behind: it ends with the process.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

// maxRead is the most that one read returns, in bytes.
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
		buf := make([]byte, size) // not p, which the caller reuses after ctx has ended
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

// Interactive reports whether stderr is a terminal that can show bars.
func (t *Terminal) Interactive() bool { return t.screen.IsTerminal() }

// Close ends the progress.
func (t *Terminal) Close() {
	for _, end := range slices.Backward(t.closers) {
		end()
	}
	t.closers = nil
}

// Fail prints an error with its hint. subject is the pair that failed, or "" for the
// whole command.
func (t *Terminal) Fail(subject, message string, o exit.Outcome) {
	message, hint := text.Printable(message), text.Printable(o.Hint)
	if t.Records != nil {
		attrs := []any{"exit_code", o.Code}
		for _, a := range [][2]string{{"about", subject}, {"hint", hint}} {
			if a[1] != "" {
				attrs = append(attrs, a[0], a[1])
			}
		}
		t.Records.Error(message, attrs...)
		return
	}
	if subject != "" {
		subject += ": "
	}
	fmt.Fprintf(t.Stderr, "slimify: %s %s%s\n", t.Palette.Bad("error:"), subject, message)
	if hint != "" {
		fmt.Fprintf(t.Stderr, "slimify: hint: %s%s\n", subject, hint)
	}
}

// Print writes a whole document to stdout.
func (t *Terminal) Print(doc *bytes.Buffer) error {
	if _, err := t.Stdout.Write(doc.Bytes()); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// PrintJSON writes a value to stdout as an indented document.
func (t *Terminal) PrintJSON(v any) error {
	var doc bytes.Buffer
	enc := json.NewEncoder(&doc)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encoding the result: %w", err)
	}
	return t.Print(&doc)
}
