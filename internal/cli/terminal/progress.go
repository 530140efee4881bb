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
	progressPlain = "plain" // a line for each step, and a heartbeat
	progressNone  = "none"
)

// heartbeat is the time between lines about work in progress where no bars are shown. CI
// systems end jobs that are silent for long.
const heartbeat = 10 * time.Second

// ProgressForms are the values of --progress.
func ProgressForms() []string { return []string{progressAuto, progressPlain, progressNone} }

// show starts to show progress until the terminal is closed.
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

// lines logs work in progress, as lines for people or as JSON. The start of a step is
// logged by package assemble.
type lines struct {
	log  *slog.Logger
	json bool
	stop chan struct{}
	done sync.WaitGroup

	mu      sync.Mutex
	running []*lineTask // in the order of their start
}

var _ reference.Progress = (*lines)(nil)

func newLines(log *slog.Logger, json bool) *lines {
	l := &lines{log: log, json: json, stop: make(chan struct{})}
	l.done.Go(func() {
		ticker := time.NewTicker(heartbeat)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				l.beat()
			case <-l.stop:
				return
			}
		}
	})
	return l
}

// Close ends the heartbeat.
func (l *lines) Close() {
	close(l.stop)
	l.done.Wait()
}

func (l *lines) Start(w reference.Work) reference.Task {
	t := &lineTask{lines: l, work: w, start: time.Now()}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = append(l.running, t)
	return t
}

// lineTask is work in progress.
type lineTask struct {
	lines *lines
	work  reference.Work
	start time.Time
	done  atomic.Int64 // bytes
}

func (t *lineTask) Add(n int64) { t.done.Add(n) }

func (t *lineTask) End() {
	t.lines.mu.Lock()
	defer t.lines.mu.Unlock()
	t.lines.running = slices.DeleteFunc(t.lines.running, func(other *lineTask) bool { return other == t })
}

// beat logs the work in progress. Work without a byte count is logged only if there is
// no other: it may consist of work that is counted.
func (l *lines) beat() {
	l.mu.Lock()
	running := slices.Clone(l.running)
	l.mu.Unlock()
	counts := func(t *lineTask) bool { return t.work.Bytes > 0 }
	counted := slices.ContainsFunc(running, counts)
	for _, t := range running {
		if counts(t) == counted {
			l.logTask(t)
		}
	}
}

// logTask logs how far a task is.
func (l *lines) logTask(t *lineTask) {
	w, done, took := t.work, t.done.Load(), time.Since(t.start).Round(time.Second)
	switch {
	case l.json:
		l.log.Info("progress", "verb", w.Verb, "what", w.What, "image", w.Image, "bytes", done, "total", w.Bytes, "seconds", int64(took.Seconds()))
	case w.Bytes > 0:
		l.log.Info(fmt.Sprintf("still %s: %s of %s", w, text.Size(done), text.Size(w.Bytes)))
	default:
		l.log.Info(fmt.Sprintf("still %s, for %s", w, took))
	}
}
