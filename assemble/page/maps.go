package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/slimify/slimify/assemble/report"
)

// maps are the treemaps of both images with the same area per byte.
type maps struct {
	ID string
	// Scale is the ratio of SLIM's sides to FAT's.
	Scale     float64
	Fat, Slim drawing
}

// drawing is a treemap: origins contain packages and places, which contain
// files.
type drawing struct {
	ID, Title, Desc string
	Bytes           int64
	W, H            float64
	Origins         []cell
}

// cell is a rectangle of a treemap with its labels.
type cell struct {
	rect
	Class string
	Title string // the full description on one line
	Name  string // of a package or a place
	Size  string
	// Label is as much of the name as fits, Wide as much as fits at twice the size,
	// for small screens. Note is set if the size fits below.
	Label, Wide string
	Note        bool
	Cells       []cell
}

// The dimensions of FAT's treemap, in units of about a pixel on a large screen.
const (
	mapWidth, mapHeight = 800.0, 500.0

	fontSize   = 12.0
	letter     = 0.58 * fontSize // the mean width of a letter
	lineHeight = 1.25 * fontSize
	padding    = 5.0

	minCell  = 24.0   // the smallest area that is drawn by itself
	minOpen  = 2500.0 // the smallest area of a cell whose files are drawn
	maxCells = 260    // in one map, without files
)

// newMaps lays out the treemaps of a picture.
func newMaps(id string, p *report.Picture, limit func(int) int) *maps {
	fat, slim := float64(sum(p.Fat).bytes), float64(sum(p.Slim).bytes)
	if fat == 0 || slim == 0 {
		return nil
	}
	scale := math.Sqrt(slim / fat)
	most := limit(maxCells)
	return &maps{
		ID: id, Scale: scale,
		Fat:  draw(id+"-fat", "FAT", p.Fat, mapWidth, mapHeight, most),
		Slim: draw(id+"-slim", "SLIM", p.Slim, mapWidth*scale, mapHeight*scale, most),
	}
}

// draw lays out one treemap.
func draw(id, title string, shares []report.Share, w, h float64, most int) drawing {
	total := sum(shares)
	d := drawing{ID: id, Bytes: total.bytes, W: w, H: h, Title: fmt.Sprintf("%s: %s in %s", title, size(total.bytes), plural(total.files, "file"))}
	perByte := w * h / float64(max(total.bytes, 1))
	by := make(map[report.Origin][]report.Share)
	for _, s := range shares {
		by[s.Origin] = append(by[s.Origin], s)
	}
	for o := range by {
		by[o] = joined(by[o])
	}
	list := slices.Clone(origins)
	slices.SortStableFunc(list, func(a, b originKind) int { return cmp.Compare(sum(by[b.of]).bytes, sum(by[a.of]).bytes) })
	weights := make([]float64, len(list))
	for i, o := range list {
		weights[i] = float64(sum(by[o.of]).bytes)
	}
	var parts []string
	for i, r := range squarify(rect{0, 0, w, h}, weights) {
		own := by[list[i].of]
		if r.area() <= 0 {
			continue
		}
		t := sum(own)
		c := cell{rect: r, Class: list[i].class, Title: fmt.Sprintf("%s: %s in %s", list[i].name, size(t.bytes), plural(t.files, "file"))}
		c.Cells = owners(r, own, perByte, max(most*len(own)/len(shares), 1))
		d.Origins = append(d.Origins, c)
		parts = append(parts, fmt.Sprintf("%s %s", list[i].name, size(t.bytes)))
	}
	d.Desc = "Each rectangle is a package or a place, its area the bytes of its files. " + strings.Join(parts, ", ") + "."
	return d
}

// joined merges the shares of each package or place, the largest first.
func joined(shares []report.Share) []report.Share {
	type owner struct{ kind, name, version string }
	at := make(map[owner]int)
	var out []report.Share
	for _, s := range shares {
		o := owner{s.Kind, s.Name, s.Version}
		i, ok := at[o]
		if !ok {
			at[o] = len(out)
			out = append(out, s)
			continue
		}
		all := slices.Concat(out[i].Largest, s.Largest)
		slices.SortStableFunc(all, func(a, b report.Sized) int { return cmp.Compare(b.Size, a.Size) })
		out[i].Largest = all[:min(len(all), max(len(out[i].Largest), len(s.Largest)))]
		out[i].Files += s.Files
		out[i].Bytes += s.Bytes
	}
	slices.SortStableFunc(out, func(a, b report.Share) int { return cmp.Compare(b.Bytes, a.Bytes) })
	return out
}

// owners divides an origin among packages and places. Small ones share a cell.
func owners(frame rect, shares []report.Share, perByte float64, most int) []cell {
	shown := 0
	for shown < len(shares) && shown < most && float64(shares[shown].Bytes)*perByte >= minCell {
		shown++
	}
	rest := sum(shares[shown:])
	sizes := make([]int64, shown)
	for i, s := range shares[:shown] {
		sizes[i] = s.Bytes
	}
	var out []cell
	divide(frame, sizes, rest.bytes, func(r rect, i int) {
		var c cell
		if i < shown {
			c = owner(r, shares[i])
		} else {
			smaller := fmt.Sprintf("%d smaller", len(shares)-shown)
			c = cell{rect: r, Name: smaller, Size: size(rest.bytes), Title: fmt.Sprintf("%s: %s in %s", smaller, size(rest.bytes), plural(rest.files, "file"))}
		}
		c.fit()
		out = append(out, c)
	})
	return out
}

// owner draws a package or a place, with its largest files if they fit.
func owner(r rect, s report.Share) cell {
	c := cell{rect: r, Name: name(s.Name), Size: size(s.Bytes), Title: fmt.Sprintf("%s: %s in %s", label(s), size(s.Bytes), plural(s.Files, "file"))}
	if s.Why != "" {
		c.Title += " – " + text(s.Why)
	}
	if r.area() < minOpen || s.Files < 2 {
		return c
	}
	rest := s.Bytes
	sizes := make([]int64, len(s.Largest))
	for i, f := range s.Largest {
		sizes[i] = f.Size
		rest -= f.Size
	}
	divide(r, sizes, rest, func(r rect, i int) {
		if i < len(sizes) {
			c.Cells = append(c.Cells, cell{rect: r, Size: size(sizes[i]), Title: name(s.Largest[i].Name) + ": " + size(sizes[i])})
			return
		}
		more := plural(s.Files-len(sizes), "more file")
		c.Cells = append(c.Cells, cell{rect: r, Size: size(rest), Title: more + ": " + size(rest)})
	})
	return c
}

// divide lays out sizes, the largest first, and the rest among them. It calls f
// with the index of each that has an area; the rest's index is len(sizes).
func divide(frame rect, sizes []int64, rest int64, f func(r rect, i int)) {
	at := 0 // index of the rest
	for at < len(sizes) && sizes[at] >= rest {
		at++
	}
	weights := make([]float64, 0, len(sizes)+1)
	for _, n := range slices.Insert(slices.Clone(sizes), at, rest) {
		weights = append(weights, float64(n))
	}
	for i, r := range squarify(frame, weights) {
		number := i
		if i == at {
			number = len(sizes)
		} else if i > at {
			number--
		}
		if r.area() > 0 {
			f(r, number)
		}
	}
}

// label names a share: "flask 3.0.3".
func label(s report.Share) string { return strings.TrimSpace(name(s.Name) + " " + name(s.Version)) }

// fit sets the labels that fit into the cell.
func (c *cell) fit() {
	letters := int((c.W - 2*padding) / letter)
	if c.H >= lineHeight+padding {
		c.Label = shortened(c.Name, letters)
	}
	if c.H >= 2*(lineHeight+padding) {
		c.Wide = shortened(c.Name, int((c.W-4*padding)/(2*letter)))
	}
	c.Note = c.Label != "" && len(c.Size) <= letters && c.H >= 2*lineHeight+padding
}

// shortened is as much of a name as fits, or "" if that is too little.
func shortened(s string, letters int) string {
	r := []rune(s)
	switch {
	case len(r) <= letters:
		return s
	case letters < 5:
		return ""
	}
	return string(r[:letters-1]) + "…"
}

// TextX and TextY are where the label begins.
func (c cell) TextX() string { return coordinate(c.X + padding) }
func (c cell) TextY() string { return coordinate(c.Y + lineHeight) }
func (c cell) NoteY() string { return coordinate(c.Y + 2*lineHeight) }

// WideX and WideY are where the label in twice the size begins.
func (c cell) WideX() string { return coordinate(c.X + 2*padding) }
func (c cell) WideY() string { return coordinate(c.Y + 2*lineHeight) }

// Box is the rectangle as attributes of SVG.
func (c cell) Box() box {
	return box{coordinate(c.X), coordinate(c.Y), coordinate(c.W), coordinate(c.H)}
}

type box struct{ X, Y, W, H string }

// coordinate rounds to a tenth of a unit, less than a pixel.
func coordinate(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }
