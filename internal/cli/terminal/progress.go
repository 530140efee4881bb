package terminal

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cli/text"
)

// The forms of --progress.
const (
	progressAuto  = "auto"  // bars for a person at a terminal, else plain
	progressPlain = "plain" // a line for each step, and now and then how far it is
	progressNone  = "none"
)

// heartbeat is how often work that goes on is told of without a terminal: CI
// systems end what is silent for long.
const heartbeat = 10 * time.Second

func ProgressForms() []string { return []string{progressAuto, progressPlain, progressNone} }

// show begins to show progress, until the terminal is closed.
func (t *Terminal) show(form string, log *slog.Logger, logFormat string) reference.Progress {
	switch form {
	case progressAuto:
		b := newBars(t.screen)
		t.closers = append(t.closers, b.Close)
		return b
	case progressPlain:
		l := newLines(log, logFormat == "json")
		t.closers = append(t.closers, l.Close)
		return l
	}
	return nil
}

// lines tells of work that goes on by records of a log: lines for people, or JSON.
// That a step begins the engine itself tells its log.
type lines struct {
	log  *slog.Logger
	json bool
	stop chan struct{}
	over sync.WaitGroup

	mu      sync.Mutex
	running []*lineTask // as they began
}

var _ reference.Progress = (*lines)(nil)

func newLines(log *slog.Logger, json bool) *lines {
	l := &lines{log: log, json: json, stop: make(chan struct{})}
	l.over.Go(func() {
		ticker := time.NewTicker(heartbeat)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				l.tell()
			case <-l.stop:
				return
			}
		}
	})
	return l
}

// Close ends the telling.
func (l *lines) Close() {
	close(l.stop)
	l.over.Wait()
}

func (l *lines) Start(w reference.Work) reference.Task {
	t := &lineTask{lines: l, work: w, began: time.Now()}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = append(l.running, t)
	return t
}

// lineTask is work that goes on.
type lineTask struct {
	lines *lines
	work  reference.Work
	began time.Time
	done  atomic.Int64 // bytes
}

func (t *lineTask) Add(n int64) { t.done.Add(n) }

func (t *lineTask) End() {
	t.lines.mu.Lock()
	defer t.lines.mu.Unlock()
	t.lines.running = slices.DeleteFunc(t.lines.running, func(other *lineTask) bool { return other == t })
}

// tell tells how far the work is. Steps of which nobody counts the bytes are told
// if nothing else goes on: they may consist of what is counted.
func (l *lines) tell() {
	l.mu.Lock()
	running := slices.Clone(l.running)
	l.mu.Unlock()
	counts := func(t *lineTask) bool { return t.work.Bytes > 0 }
	counted := slices.ContainsFunc(running, counts)
	for _, t := range running {
		if counts(t) == counted {
			l.tellTask(t)
		}
	}
}

func (l *lines) tellTask(t *lineTask) {
	w, done, took := t.work, t.done.Load(), time.Since(t.began).Round(time.Second)
	switch {
	case l.json:
		l.log.Info("progress", "verb", w.Verb, "what", w.What, "image", w.Image, "bytes", done, "total", w.Bytes, "seconds", int64(took.Seconds()))
	case w.Bytes > 0:
		l.log.Info(fmt.Sprintf("still %s: %s of %s", w, text.Size(done), text.Size(w.Bytes)))
	default:
		l.log.Info(fmt.Sprintf("still %s, since %s", w, took))
	}
}
