package e2e

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/slimify/slimify/internal/browsertest"
	"github.com/slimify/slimify/testdata/e2e/lab"
)

// browser installs what the test needs, or skips it with the reason, and returns
// the file of axe.
func browser(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("./browser").Output()
	var status *exec.ExitError
	if errors.As(err, &status) && status.ExitCode() == 75 {
		t.Skipf("no browser on this machine: %s", status.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// The page of --report in a real browser: that of an application which needs
// packages of its own base, and that of the largest image of the corpus.
func TestReport(t *testing.T) {
	lab.Need(t)
	b := browsertest.Start(t, browser(t))
	for _, c := range []struct{ name, fat string }{
		{"native", lab.Build(t, "native", "e2e/native:fat")},
		{"opencv", lab.Build(t, "../corpus/opencv", "corpus/opencv:fat")},
	} {
		file := filepath.Join(t.TempDir(), "slim.html")
		lab.Slim(t, "-q", "--report", file, c.fat, lab.Fresh("report/"+c.name))
		t.Run(c.name, func(t *testing.T) { testPage(t, b, file) })
	}
}

// testPage uses a page as people do.
func testPage(t *testing.T, b *browsertest.Browser, file string) {
	for _, l := range []browsertest.Look{{Width: 1280, Scheme: "light"}, {Width: 1280, Scheme: "dark"}, {Width: 400, Scheme: "light"}, {Width: 400, Scheme: "dark"}} {
		t.Run(l.String(), func(t *testing.T) {
			p := b.Open(t, file, l)
			t.Logf("loaded after %.0f ms, %.0f kB", browsertest.Ask[float64](p, `performance.getEntriesByType("navigation")[0].loadEventEnd`),
				browsertest.Ask[float64](p, `document.documentElement.outerHTML.length / 1000`))
			shows(p)
			filters(p)
			sorts(p)
			zooms(p)
			browsertest.Ask[bool](p, `document.querySelectorAll("details").forEach(d => { d.open = true }); true`)
			p.Accessible(b)
			if over := browsertest.Ask[int](p, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
				t.Errorf("the page is %d pixels wider than the screen", over)
			}
			p.Quiet()
		})
	}
	for _, l := range []browsertest.Look{{Width: 1280, Scheme: "light", Plain: true}, {Width: 400, Scheme: "dark", Plain: true}} {
		t.Run(l.String(), func(t *testing.T) {
			p := b.Open(t, file, l)
			shows(p)
			if browsertest.Ask[int](p, `document.querySelectorAll("input, button").length`) > 0 {
				t.Error("there are controls that do nothing")
			}
			p.Quiet()
		})
	}
}

// shows looks for what everybody must see: the headline, the maps with names in
// them, and the tables.
func shows(p *browsertest.Tab) {
	p.T.Helper()
	text := browsertest.Ask[string](p, `document.body.innerText`)
	for _, want := range []string{"× smaller", "Verified", "Where the bytes are", "SLIM: ", "Left behind, and why", "Reproduce"} {
		if !strings.Contains(text, want) {
			p.T.Errorf("nobody sees %q", want)
		}
	}
	const area = `[...document.querySelectorAll("svg.map")].map(s => s.getBoundingClientRect().width * s.getBoundingClientRect().height / Number(s.dataset.bytes))`
	if scales := browsertest.Ask[[]float64](p, area); len(scales) != 2 || scales[0] <= 0 || scales[0]/scales[1] > 1.02 || scales[1]/scales[0] > 1.02 {
		p.T.Errorf("square pixels of a byte in both maps: %g", scales)
	}
	const seen = `(s => [...document.querySelectorAll(s)].filter(e => e.checkVisibility() && e.getBoundingClientRect().width > 0).length)`
	if n := browsertest.Ask[int](p, seen+`("svg.map text")`); n < 4 {
		p.T.Errorf("%d names in the maps", n)
	}
	if n := browsertest.Ask[int](p, seen+`("table.data tbody tr")`); n < 100 {
		p.T.Errorf("%d packages are shown", n)
	}
}

// shown is how many rows a filter leaves.
const shown = `[...document.querySelector("table.data").tBodies[0].rows].filter(r => !r.hidden).length`

func filters(p *browsertest.Tab) {
	p.T.Helper()
	all := browsertest.Ask[int](p, shown)
	field := chromedp.CSS(`input[type=search]`)
	p.Do(chromedp.SendKeys(field, "pip python"))
	if left := browsertest.Ask[int](p, shown); left == 0 || left >= all {
		p.T.Errorf("%d of %d rows after filtering", left, all)
	}
	if said := browsertest.Ask[string](p, `document.querySelector("output").textContent`); !strings.Contains(said, " of ") {
		p.T.Errorf("the filter says %q", said)
	}
	p.Do(chromedp.SendKeys(field, strings.Repeat(kb.Backspace, len("pip python"))))
	if left := browsertest.Ask[int](p, shown); left != all {
		p.T.Errorf("%d of %d rows without a filter", left, all)
	}
}

func sorts(p *browsertest.Tab) {
	p.T.Helper()
	const order = `[...document.querySelector("table.data").tBodies[0].rows].map(r => Number(r.cells[4].dataset.v))`
	button := chromedp.CSS(`table.data th.num button`)
	for _, c := range []struct {
		want   string
		sorted func(a, b float64) bool
	}{
		{"descending", func(a, b float64) bool { return a >= b }},
		{"ascending", func(a, b float64) bool { return a <= b }},
	} {
		p.Do(chromedp.Focus(button), chromedp.KeyEvent(kb.Enter))
		if got := browsertest.Ask[string](p, `document.querySelector("table.data th.num").getAttribute("aria-sort")`); got != c.want {
			p.T.Errorf("aria-sort is %q, want %q", got, c.want)
		}
		sizes := browsertest.Ask[[]float64](p, order)
		for i := range sizes[1:] {
			if !c.sorted(sizes[i], sizes[i+1]) {
				p.T.Errorf("%s: %g stands before %g", c.want, sizes[i], sizes[i+1])
				break
			}
		}
	}
}

// zooms goes into a map and out again, by keyboard and by mouse.
func zooms(p *browsertest.Tab) {
	p.T.Helper()
	const depth = `document.querySelectorAll("svg.map")[0].nextElementSibling.querySelectorAll("button").length`
	at := func(want int, after string) {
		p.T.Helper()
		if got := browsertest.Ask[int](p, depth); got != want {
			p.T.Errorf("after %s the map is %d levels deep, want %d", after, got, want)
		}
	}
	first := chromedp.CSS(`svg.map [role=button]`)
	at(0, "nothing")
	p.Do(chromedp.Focus(first), chromedp.KeyEvent(kb.Enter))
	at(1, "Enter")
	if role := browsertest.Ask[string](p, `document.activeElement.getAttribute("class")`); role != "owner" {
		p.T.Errorf("the focus is on %q", role)
	}
	p.Do(chromedp.KeyEvent(kb.Enter))
	at(2, "another Enter")
	p.Do(chromedp.Focus(chromedp.CSS(`.crumbs button`)), chromedp.KeyEvent(kb.Enter))
	at(0, "the way back")
	middle := browsertest.Ask[[]float64](p, `(() => {
		const svg = document.querySelector("svg.map");
		svg.scrollIntoView({block: "center", behavior: "instant"});
		const box = svg.getBoundingClientRect();
		return [box.x + box.width / 2, box.y + box.height / 2];
	})()`)
	p.Do(chromedp.MouseClickXY(middle[0], middle[1]))
	at(1, "a click")
	p.Do(chromedp.KeyEvent(kb.Escape))
	at(0, "Escape")
}
