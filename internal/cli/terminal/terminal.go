// Package terminal shows a person or a log what a command does while it runs: bars,
// lines, prompts and errors.
package terminal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"github.com/slimify/slimify/internal/cli/exit"
	"github.com/slimify/slimify/internal/cli/text"
	"io"
	"log/slog"
	"os"
	"slices"
)

// Terminal is where a command speaks: the result on stdout, all else on stderr.
type Terminal struct {
	Stdin          io.Reader // ends when the command is interrupted
	keyboard       *os.File  // stdin as it is, if it is a file
	Stdout, Stderr io.Writer
	screen         *screen
	Colour         text.Palette // of stderr; stdout has none
	// records takes what people would be told on stderr, where that is to be records;
	// else it is nil.
	Records *slog.Logger
	closers []func()
}

// New puts both streams on the screen, whose frame they must not tear.
func New(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) *Terminal {
	s := newScreen(stderr, os.Getenv)
	keyboard, _ := stdin.(*os.File)
	return &Terminal{
		Stdin: &interruptible{ctx, stdin}, keyboard: keyboard, Stdout: s.writer(stdout), Stderr: s.writer(stderr), screen: s,
		Colour: text.NewPalette(s.IsTerminal(), os.Getenv),
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

// Interactive reports whether stderr is a terminal that can show bars.
func (t *Terminal) Interactive() bool { return t.screen.IsTerminal() }

// Close ends what shows progress: what is printed after it stays alone.
func (t *Terminal) Close() {
	for _, end := range slices.Backward(t.closers) {
		end()
	}
	t.closers = nil
}

// Fail tells of an error and what to do. about is what it befell; "" if that is the
// whole command.
func (t *Terminal) Fail(about, message string, o exit.Outcome) {
	message, hint := text.Printable(message), text.Printable(o.Hint)
	if t.Records != nil {
		attrs := []any{"exit_code", o.Code}
		for _, a := range [][2]string{{"about", about}, {"hint", hint}} {
			if a[1] != "" {
				attrs = append(attrs, a[0], a[1])
			}
		}
		t.Records.Error(message, attrs...)
		return
	}
	if about != "" {
		about += ": "
	}
	fmt.Fprintf(t.Stderr, "slimify: %s %s%s\n", t.Colour.Bad("error:"), about, message)
	if hint != "" {
		fmt.Fprintf(t.Stderr, "slimify: hint: %s%s\n", about, hint)
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
