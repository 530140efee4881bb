// Package browsertest opens pages in Debian's Chromium for tests that use them as
// a person would.
package browsertest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Browser is Chromium with a new profile.
type Browser struct {
	ctx context.Context
	axe string // the source of axe-core
}

// Time limits for the whole browser and for one tab.
const (
	slow    = 20 * time.Minute
	slowTab = 5 * time.Minute
)

// Start starts the Chromium on PATH until the test ends. axe is the path of
// axe-core's script.
func Start(t *testing.T, axe string) *Browser {
	t.Helper()
	source, err := os.ReadFile(axe)
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
	)
	ctx, cancel := context.WithTimeout(t.Context(), slow)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	return &Browser{ctx, string(source)}
}

// Look is a tab's width, color scheme and use of JavaScript.
type Look struct {
	Width  int64
	Scheme string // "light" or "dark"
	Plain  bool   // without JavaScript
}

// String names the look in messages of tests.
func (l Look) String() string {
	s := fmt.Sprintf("%d %s", l.Width, l.Scheme)
	if l.Plain {
		s += " without JavaScript"
	}
	return s
}

// Tab is a page in a browser, with its errors and requests.
type Tab struct {
	T *testing.T

	ctx context.Context

	mutex    sync.Mutex
	faults   []string
	requests []string
}

// Open opens a file in a new tab until the test ends.
func (b *Browser) Open(t *testing.T, file string, l Look) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	ctx, cancel = context.WithTimeout(ctx, slowTab)
	t.Cleanup(cancel)
	p := &Tab{T: t, ctx: ctx}
	p.must(chromedp.Listen(ctx, p.listen))
	call(p, network.Enable, network.EnableParams{})
	call(p, log.Enable, cdp.Empty{})
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: l.Scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.Width, Height: 900, DeviceScaleFactor: 1, Mobile: l.Width < 600})
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.Plain})
	p.must(chromedp.Do(ctx, chromedp.Navigate("file://"+file)))
	return p
}

// call sends the browser a command.
func call[P, R any](p *Tab, command cdp.Command[P, R], params P) {
	p.T.Helper()
	_, err := chromedp.Call(p.ctx, command, params)
	p.must(err)
}

func (p *Tab) must(err error) {
	p.T.Helper()
	if err != nil {
		p.T.Fatal(err)
	}
}

// listen records console output, errors and requests of the page.
func (p *Tab) listen(event any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		p.faults = append(p.faults, fmt.Sprintf("console.%s", e.Type))
	case *runtime.EventExceptionThrown:
		p.faults = append(p.faults, (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
	case *log.EventEntryAdded:
		p.faults = append(p.faults, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	}
}

// Quiet fails the test if the page wrote to the console or requested anything
// but itself.
func (p *Tab) Quiet() {
	p.T.Helper()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if len(p.faults) > 0 {
		p.T.Errorf("the console has %q", p.faults)
	}
	if len(p.requests) != 1 {
		p.T.Errorf("requests: %q", p.requests)
	}
}

// Ask evaluates JavaScript in the page.
func Ask[T any](p *Tab, script string) T {
	p.T.Helper()
	answer, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.T.Fatalf("%s: %v", script, err)
	}
	return answer
}

// Do runs actions in the tab.
func (p *Tab) Do(actions ...chromedp.Action[chromedp.Void]) {
	p.T.Helper()
	p.must(chromedp.Do(p.ctx, actions...))
}

// Accessible fails the test for each violation that axe finds.
func (p *Tab) Accessible(b *Browser) {
	p.T.Helper()
	type violation struct{ ID, Impact, Help, Node string }
	type result struct {
		Passed     int
		Violations []violation
	}
	const run = `axe.run({resultTypes: ["violations"]}).then(r => ({Passed: r.passes.length, Violations: r.violations.map(v => ({
		ID: v.id, Impact: v.impact, Help: v.help, Node: v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join("\n"),
	}))}))`
	Ask[bool](p, b.axe+";true")
	found := Ask[result](p, run)
	for _, v := range found.Violations {
		p.T.Errorf("axe: %s (%s): %s\n%s", v.ID, v.Impact, v.Help, v.Node)
	}
	if found.Passed < 20 {
		p.T.Errorf("axe checked only %d rules", found.Passed)
	}
}
