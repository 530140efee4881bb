package terminal

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// screen shows lines that stay, and on a terminal a frame of bars below them that is
// redrawn. All output of a command goes through its writers, that of stdout too: both
// streams may be the same terminal. Without a terminal it only serializes writes.
//
// mpb composes the frames. Its own writer supports one stream, prints lines late, and
// leaves rows behind when a window becomes narrower.
type screen struct {
	tty  *os.File     // nil if there is no terminal
	next bytes.Buffer // the frame that mpb composes in one goroutine

	mu      sync.Mutex
	live    bool   // frames are drawn
	frame   []byte // the lines that are drawn now
	writers []*lineWriter
}

// newScreen returns the screen of stderr.
func newScreen(stderr io.Writer, getenv func(string) string) *screen {
	s := new(screen)
	if f, ok := stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) && getenv("TERM") != "dumb" && supportsEscapes(f) {
		s.tty = f
	}
	return s
}

// Write and ReadFrom add to the next frame.
func (s *screen) Write(p []byte) (int, error)         { return s.next.Write(p) }
func (s *screen) ReadFrom(r io.Reader) (int64, error) { return s.next.ReadFrom(r) }

// IsTerminal reports whether frames can be drawn.
func (s *screen) IsTerminal() bool { return s.tty != nil }

// GetTermSize returns the size of the window in characters.
func (s *screen) GetTermSize() (width, height int, err error) { return term.GetSize(int(s.tty.Fd())) }

// Flush replaces the frame by the next one.
func (s *screen) Flush(int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.next.Reset()
	if !s.live || s.next.Len() == 0 && len(s.frame) == 0 {
		return nil
	}
	out := append(s.erase(), s.next.Bytes()...)
	s.frame = append(s.frame[:0], s.next.Bytes()...)
	_, err := s.tty.Write(out)
	return err
}

// begin starts to draw frames.
func (s *screen) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = true
}

// end removes the frame, and prints lines that are not finished. Errors of the terminal
// do not fail the command.
func (s *screen) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = false
	if len(s.frame) > 0 {
		_, _ = s.tty.Write(s.erase())
		s.frame = nil
	}
	s.finish(nil)
}

// finish ends the unfinished lines of all writers except one.
func (s *screen) finish(except *lineWriter) {
	for _, l := range s.writers {
		if l != except && len(l.rest) > 0 {
			_, _ = l.w.Write(append(l.rest, '\n'))
			l.rest = nil
		}
	}
}

// erase returns the escape sequence that removes the frame: back to its first row, and
// clear all below. In a window that became narrower a line has several rows.
func (s *screen) erase() []byte {
	if len(s.frame) == 0 {
		return nil
	}
	width, _, err := s.GetTermSize()
	rows := 0
	for line := range bytes.Lines(s.frame) {
		rows++
		if n := runewidth.StringWidth(string(bytes.TrimRight(line, "\n"))); err == nil && width > 0 && n > width {
			rows += (n - 1) / width
		}
	}
	return fmt.Appendf(nil, "\r\x1b[%dA\x1b[J", rows)
}

// writer returns a writer to w, above the frame.
func (s *screen) writer(w io.Writer) io.Writer {
	l := &lineWriter{screen: s, w: w}
	s.writers = append(s.writers, l)
	return l
}

// lineWriter prints above the frame. While frames are drawn it prints whole lines only.
type lineWriter struct {
	screen *screen
	w      io.Writer
	rest   []byte // of an unfinished line
}

func (l *lineWriter) Write(p []byte) (int, error) {
	s := l.screen
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.live {
		return l.w.Write(p)
	}
	end := bytes.LastIndexByte(p, '\n') + 1
	lines := append(l.rest, p[:end]...)
	if end == 0 {
		l.rest = append(l.rest, p...)
		return len(p), nil
	}
	l.rest = bytes.Clone(p[end:])
	// An error of the terminal is one of stderr, where it could not be reported.
	if len(s.frame) > 0 {
		_, _ = s.tty.Write(s.erase())
	}
	s.finish(l)
	_, err := l.w.Write(lines)
	if len(s.frame) > 0 {
		_, _ = s.tty.Write(s.frame)
	}
	return len(p), err
}
