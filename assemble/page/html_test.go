package page

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/slimify/slimify/assemble/report"
)

func pageOf(t *testing.T, rep *report.Report) string {
	t.Helper()
	out, err := HTML(rep, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// tags counts a page's elements and attributes as a browser would read them.
func tags(t *testing.T, page string) (elements map[string]int, attributes map[string][]string) {
	t.Helper()
	elements, attributes = make(map[string]int), make(map[string][]string)
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return elements, attributes
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			elements[tok.Data]++
			for _, a := range tok.Attr {
				attributes[a.Key] = append(attributes[a.Key], a.Val)
			}
		}
	}
}

// Hostile names make no element, attribute or script that harmless ones do not
// make.
func TestHTMLEscapes(t *testing.T) {
	t.Parallel()
	n := len(hostile)
	hostileElements, attributes := tags(t, pageOf(t, full(n)))
	elements, harmless := tags(t, pageOf(t, full(n, "harmless")))
	for name, n := range hostileElements {
		// Names of other lengths have labels in other cells.
		if n != elements[name] && name != "text" {
			t.Errorf("%d elements <%s>, with harmless names %d", n, name, elements[name])
		}
	}
	for name := range attributes {
		if harmless[name] == nil {
			t.Errorf("attribute %s appears with hostile names only", name)
		}
		if strings.HasPrefix(name, "on") || name == "style" || name == "src" {
			t.Errorf("attribute %s", name)
		}
	}
	for _, target := range attributes["href"] {
		if target != "#main" {
			t.Errorf("a link to %q", target)
		}
	}
	if hostileElements["script"] != 1 {
		t.Errorf("%d scripts", hostileElements["script"])
	}
}

// A page asks for nothing, and steers neither terminals nor the direction of
// writing.
func TestHTMLIsAlone(t *testing.T) {
	t.Parallel()
	page := pageOf(t, full(60))
	if !strings.Contains(page, `content="default-src &#39;none&#39;; style-src &#39;sha256-`) {
		t.Error("no policy")
	}
	for _, r := range []rune{'\x1b', '\x07', '\u202e', '\x00'} {
		if strings.ContainsRune(page, r) {
			t.Errorf("the page holds %U", r)
		}
	}
	if m := regexp.MustCompile(`url\(|@import|<link|<img|<iframe|fetch\(|XMLHttpRequest`).FindString(page); m != "" {
		t.Errorf("the page holds %q", m)
	}
}

// Whatever an image holds, the page keeps to its limit and says how much it leaves
// out.
func TestHTMLIsBounded(t *testing.T) {
	t.Parallel()
	t.Run("long lists", func(t *testing.T) {
		t.Parallel()
		page := pageOf(t, long())
		if len(page) >= maxHTML {
			t.Errorf("%d bytes", len(page))
		}
		if !strings.Contains(page, "more are not shown") || !strings.Contains(page, "more warnings are in the JSON report") {
			t.Error("the page does not say that lists are cut")
		}
	})
	t.Run("names that escaping makes longer", func(t *testing.T) {
		t.Parallel()
		if page := pageOf(t, full(3_000, costly)); len(page) >= maxHTML || len(page) < maxHTML/4 {
			t.Errorf("%d bytes", len(page))
		}
	})
	t.Run("ten platforms", func(t *testing.T) {
		t.Parallel()
		checkPlatforms(t)
	})
}

func checkPlatforms(t *testing.T) {
	t.Helper()
	many := full(2000)
	for i := range 9 {
		p := many.Platforms[0]
		p.Platform = fmt.Sprintf("linux/arch%d", i)
		many.Platforms = append(many.Platforms, p)
	}
	page := pageOf(t, many)
	if len(page) >= maxHTML {
		t.Errorf("%d bytes", len(page))
	}
	for _, p := range many.Platforms {
		if !strings.Contains(page, ">"+p.Platform+"</h2>") {
			t.Errorf("%s is missing", p.Platform)
		}
	}
	ids := regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1)
	seen := make(map[string]bool)
	for _, id := range ids {
		if seen[id[1]] {
			t.Errorf("id %q appears twice", id[1])
		}
		seen[id[1]] = true
	}
}

// What matters is said, and headings have an order.
func TestHTMLSays(t *testing.T) {
	t.Parallel()
	page := pageOf(t, full(3))
	if page != pageOf(t, full(3)) {
		t.Error("a second rendering differs")
	}
	for _, want := range []string{
		"7.4× smaller", "399 MB", "54 MB", "31.9 s", "4.3 s", "Verified", hash(1).String(), hash(2).String(), hash(3).String(),
		"docker.io/library/python:3.9.2-slim-bullseye", "Python 3.9.2 on bullseye", "Needs attention", "Where the bytes are",
		"Left behind, and why", "Added, and why", "Layers", "Packages", "Configuration", "Reproduce", "1.2.3",
		"--keep &#39;/opt/it&#39;\\&#39;&#39;s here/**&#39;",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	last := 0
	for _, m := range regexp.MustCompile(`<h([1-6])`).FindAllStringSubmatch(page, -1) {
		level := int(m[1][0] - '0')
		if level > last+1 {
			t.Errorf("a heading of level %d follows one of level %d", level, last)
		}
		last = level
	}
}

// An image that is slim already has a short page that says so.
func TestHTMLUnchanged(t *testing.T) {
	t.Parallel()
	rep := full(3)
	rep.Unchanged = true
	rep.Platforms[0].Picture, rep.Platforms[0].Undecided, rep.Warnings = nil, nil, nil
	rep.Platforms[0].Verify = report.Checked{Status: "skipped"}
	rep.Platforms[0].Bytes.Compressed.After = rep.Platforms[0].Bytes.Compressed.Before
	page := pageOf(t, rep)
	for _, want := range []string{"Nothing to slim", "Not verified: nothing was changed"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "Where the bytes are") || strings.Contains(page, "Every decision has evidence") || strings.Contains(page, "smaller") {
		t.Error("the page shows parts that were not analyzed")
	}
}

// The treemaps have one scale, and lie in their frames.
func TestMaps(t *testing.T) {
	t.Parallel()
	p := full(300).Platforms[0].Picture
	m := newMaps("x", p, func(n int) int { return n })
	fat, slim := m.Fat.W*m.Fat.H/float64(sum(p.Fat).bytes), m.Slim.W*m.Slim.H/float64(sum(p.Slim).bytes)
	if d := fat/slim - 1; d > 1e-9 || d < -1e-9 {
		t.Errorf("a byte has %g in one map and %g in the other", fat, slim)
	}
	for _, d := range []drawing{m.Fat, m.Slim} {
		var inside func(frame rect, cells []cell)
		inside = func(frame rect, cells []cell) {
			var area float64
			for _, c := range cells {
				area += c.area()
				if c.X < frame.X-0.01 || c.Y < frame.Y-0.01 || c.X+c.W > frame.X+frame.W+0.01 || c.Y+c.H > frame.Y+frame.H+0.01 {
					t.Errorf("%s leaves its frame", c.Title)
				}
				inside(c.rect, c.Cells)
			}
			if len(cells) > 0 && (area < 0.999*frame.area() || area > 1.001*frame.area()) {
				t.Errorf("cells fill %g of %g", area, frame.area())
			}
		}
		inside(rect{0, 0, d.W, d.H}, d.Origins)
		classes := make([]string, len(d.Origins))
		for i, o := range d.Origins {
			classes[i] = o.Class
		}
		if slices.Contains(classes, "drop") != (d.ID == "x-fat") {
			t.Errorf("%s has %v", d.ID, classes)
		}
	}
}
