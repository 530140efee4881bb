package terminal

import (
	"path"
	"strings"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cli/text"
)

// bars shows progress on a terminal: a bar for each layer while it is read, written or
// pushed, and a line for each other step.
type bars struct {
	screen *screen
	all    *mpb.Progress
}

var _ reference.Progress = (*bars)(nil)

func newBars(s *screen) *bars {
	s.begin()
	return &bars{s, mpb.New(mpb.WithConsoleWriter(s))}
}

// Close removes the bars.
func (b *bars) Close() {
	b.all.Shutdown()
	b.screen.end()
}

// Widths before and after a bar, in characters. With a bar they fit into 80.
const (
	labelWidth = 36
	sizesWidth = len("999 MB / 999 MB")
	rateWidth  = len("999 MB/s")
	leftWidth  = len(" 59m59s")
)

func (b *bars) Start(w reference.Work) reference.Task {
	label := decor.Name(shortWork(w, labelWidth), decor.WCSyncSpaceR)
	if w.Bytes <= 0 {
		return b.add(0, mpb.NopStyle().Build(), mpb.PrependDecorators(label, decor.Elapsed(decor.ET_STYLE_GO)))
	}
	sizes := func(st decor.Statistics) string { return text.Size(st.Current) + " / " + text.Size(st.Total) }
	rate := func(from time.Time) func(decor.Statistics) string {
		return func(st decor.Statistics) string {
			return text.Size(int64(float64(st.Current)/time.Since(from).Seconds())) + "/s"
		}
	}
	return b.add(w.Bytes, mpb.BarStyle().Build(),
		mpb.PrependDecorators(label, decor.Any(sizes, decor.WC{W: sizesWidth})),
		mpb.AppendDecorators(
			decor.Any(rate(time.Now()), decor.WC{W: rateWidth}),
			decor.AverageETA(decor.ET_STYLE_GO, decor.WC{W: leftWidth}),
		),
	)
}

// shortWork describes work in as many characters: "reading layer 3/9 app:1.0".
func shortWork(w reference.Work, width int) string {
	head := strings.TrimSpace(w.Verb+" "+strings.ReplaceAll(w.What, " of ", "/")) + " "
	return head + text.Fit(path.Base(w.Image), max(text.NameWidth/2, width-len(head)))
}

// add shows a bar until its task ends.
func (b *bars) add(total int64, filler mpb.BarFiller, opts ...mpb.BarOption) reference.Task {
	bar, err := b.all.Add(total, filler, append(opts, mpb.BarRemoveOnComplete())...)
	if err != nil {
		return noTask{} // the command ends
	}
	return barTask{bar}
}

type barTask struct{ bar *mpb.Bar }

func (t barTask) Add(n int64) { t.bar.IncrInt64(n) }
func (t barTask) End()        { t.bar.Abort(true) }

// noTask is a task that is not shown.
type noTask struct{}

func (noTask) Add(int64) {}
func (noTask) End()      {}
