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

// screen is what a person looks at: lines that stay, and on a terminal a frame
// below them that is drawn again and again. Whatever a command prints goes through
// its writers, to stdout too: both may be the same terminal. Without a terminal it
// only keeps writes apart.
//
// It draws what mpb composes. mpb's own writer knows of one stream, prints lines
// late, and leaves old rows behind when a window becomes narrower.
type screen struct {
	tty  *os.File     // nil if there is no terminal
	next bytes.Buffer // the frame that mpb composes, in one goroutine

	mu      sync.Mutex
	live    bool   // frames are drawn
	frame   []byte // what is drawn: whole lines
	writers []*lineWriter
}

// newScreen returns the screen on which stderr is seen.
func newScreen(stderr io.Writer, getenv func(string) string) *screen {
	s := new(screen)
	if f, ok := stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) && getenv("TERM") != "dumb" && steerable(f) {
		s.tty = f
	}
	return s
}

// Write and ReadFrom add to the frame that comes next.
func (s *screen) Write(p []byte) (int, error)         { return s.next.Write(p) }
func (s *screen) ReadFrom(r io.Reader) (int64, error) { return s.next.ReadFrom(r) }

// IsTerminal reports whether frames can be drawn.
func (s *screen) IsTerminal() bool { return s.tty != nil }

// GetTermSize is the window's size in characters.
func (s *screen) GetTermSize() (width, height int, err error) { return term.GetSize(int(s.tty.Fd())) }

// Flush draws the next frame in place of the last one.
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

// begin lets frames be drawn.
func (s *screen) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = true
}

// end takes the frame away for good, and prints what waited for the end of its
// line. That it cannot be told is no failure of the command.
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

// finish ends the lines that writers have begun, but for one of them.
func (s *screen) finish(but *lineWriter) {
	for _, l := range s.writers {
		if l != but && len(l.rest) > 0 {
			_, _ = l.w.Write(append(l.rest, '\n'))
			l.rest = nil
		}
	}
}

// erase returns what takes the frame away: back to its first row, and all below.
// A window that became narrower since shows a line on several rows.
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

// lineWriter prints above the frame: as soon as a line is whole, where there are
// frames.
type lineWriter struct {
	screen *screen
	w      io.Writer
	rest   []byte // of a line that has not ended
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
	// Errors of the terminal are those of stderr, which nobody could be told of.
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
