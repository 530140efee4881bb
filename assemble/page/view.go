package page

import (
	"fmt"
	"slices"

	"github.com/slimify/slimify/assemble/report"
)

// view holds the content of both documents, formatted for them.
type view struct {
	Source, Result string
	SourceDigest   string
	ResultDigest   string
	Headline       string // "7.4× smaller"
	Unchanged      string // why the image was not slimmed; "" if it was
	NotWritten     string // the gate that prevented writing the result; "" if none did
	UpToDate       bool
	DryRun         bool
	Platforms      []section
	Warnings       []string
	Undecided      int
	Command        string
	Version        string
}

// section is the part on one platform.
type section struct {
	ID       string // unique on the page
	Platform string
	Digest   string
	Base     report.Base
	Headline string
	Sizes    []pair
	Bar      pair // the compressed sizes as parts of the larger
	Verify   verification
	Items    []undecided
	Maps     *maps // nil in Markdown
	Legend   []origin
	Fat      table[layer]
	Slim     table[layer]
	Kept     table[group]
	Dropped  table[group]
	Removals table[named]
	Added    table[addition]
	Packages table[pkg]
	Config   table[setting]
	Details  bool // it has more than sizes and undecided items
}

// table is a list that may be shortened.
type table[T any] struct {
	Rows []T
	More int // the number of rows left out
}

// add adds a row, or counts it if the table has limit rows.
func (t *table[T]) add(limit int, row func() T) {
	if len(t.Rows) == limit {
		t.More++
		return
	}
	t.Rows = append(t.Rows, row())
}

// cut keeps the first rows.
func cut[T any](rows []T, limit int) table[T] {
	if len(rows) <= limit {
		return table[T]{rows, 0}
	}
	return table[T]{rows[:limit], len(rows) - limit}
}

// pair is a value before and after.
type pair struct {
	Name          string
	Before, After string
	Ratio         string
	// The lengths of bars in percent.
	BeforeWidth, AfterWidth float64
}

type verification struct {
	Status string // "pass", "fail" or "skipped"
	Checks []string
}

type undecided struct {
	Platform, Reason, Keep, Accept string
	Places                         []string
	More                           int
}

// origin is a row of the treemaps' legend.
type origin struct {
	Class, Name, Text string
	Before, After     string
}

// layer is a segment of a stacked bar.
type layer struct {
	Class, From, Title, Digest, Size string
	Bytes                            int64
	Left, Width                      float64 // in percent of the larger image
}

// group sums up files with the same verdict and kind of reason.
type group struct {
	Title, Why  string
	Files, Size string
	Names       string // the largest items
	bytes       int64
}

type named struct{ Name, Why string }

type addition struct {
	Kind, Name, Version, Files, Size string
	Chain                            []named
}

// pkg is a distribution or a Debian package.
type pkg struct {
	Kind, Name, Before, After, Size, Outcome string
	Bytes                                    int64
}

type setting struct{ Field, Before, After string }

// newView prepares a report. detail scales the lengths of lists, at most 1. With
// drawn it shows the pictures of platforms, else their verdicts, which every run
// has.
func newView(rep *report.Report, version string, detail float64, drawn bool) view {
	v := view{
		Source: name(rep.Source.Ref), SourceDigest: rep.Source.Digest.String(),
		Result: name(rep.Result.Ref), ResultDigest: rep.Result.Digest.String(),
		UpToDate: rep.UpToDate, Command: shell(rep.Command), Version: name(version),
		NotWritten: clean(rep.NotWritten, warningLength),
		DryRun:     !rep.UpToDate && len(rep.Pushed) == 0 && rep.NotWritten == "",
	}
	// Platforms share the space equally.
	detail /= float64(max(len(rep.Platforms), 1))
	limit := func(n int) int { return max(int(float64(n)*detail), 1) }
	var total report.Change
	for i := range rep.Platforms {
		p := &rep.Platforms[i]
		s := newSection(p, fmt.Sprintf("p%d", i), limit)
		switch {
		case drawn && p.Picture != nil:
			s.Maps = newMaps(s.ID, p.Picture, limit)
			s.addPicture(p, limit)
		case !drawn && p.Groups != nil:
			s.addVerdicts(p, limit)
		}
		v.Undecided += len(s.Items)
		v.Platforms = append(v.Platforms, s)
		total.Before += p.Bytes.Compressed.Before
		total.After += p.Bytes.Compressed.After
	}
	v.Headline = ratio(total)
	for _, w := range cut(rep.Warnings, limit(100)).Rows {
		v.Warnings = append(v.Warnings, clean(w.Message, warningLength))
	}
	if more := len(rep.Warnings) - len(v.Warnings); more > 0 {
		v.Warnings = append(v.Warnings, fmt.Sprintf("%d more warnings are in the JSON report", more))
	}
	if rep.Unchanged && !rep.UpToDate {
		v.Unchanged = "Nothing to slim: slimify built this image."
		if slices.ContainsFunc(rep.Warnings, func(w report.Warning) bool { return w.Code == "larger" }) {
			v.Unchanged = "The slim image would have been larger than the image itself."
		}
		if len(rep.Pushed) > 0 {
			v.Unchanged += " It was written unchanged."
		}
	}
	return v
}

func newSection(p *report.Platform, id string, limit func(int) int) section {
	c := p.Bytes.Compressed
	s := section{
		ID: id, Platform: name(p.Platform), Digest: p.Digest.String(),
		Base:     report.Base{Ref: name(p.Base.Ref), Digest: p.Base.Digest, Why: text(p.Base.Why)},
		Headline: ratio(c), Verify: verification{p.Verify.Status, p.Verify.Checks},
	}
	largest := float64(max(c.Before, c.After, 1))
	s.Bar = pair{"Compressed", size(c.Before), size(c.After), ratio(c), 100 * float64(c.Before) / largest, 100 * float64(c.After) / largest}
	s.Sizes = append(s.Sizes, pair{Name: "Compressed", Before: size(c.Before), After: size(c.After), Ratio: saved(c)})
	if u := p.Bytes.Unpacked; u.Before != nil {
		about := ""
		if u.Estimated {
			about = "about "
		}
		s.Sizes = append(s.Sizes, pair{Name: "Unpacked", Before: about + size(*u.Before), After: size(u.After), Ratio: saved(report.Change{Before: *u.Before, After: u.After})})
	}
	pulls := pair{Name: "Pull at 100 Mbit/s", Before: pull(c.Before), After: pull(c.After)}
	if less := c.Before - c.After; less > 0 {
		pulls.Ratio = pull(less) + " less"
	}
	s.Sizes = append(s.Sizes, pulls)
	for _, u := range cut(p.Undecided, limit(100)).Rows {
		s.Items = append(s.Items, newUndecided(s.Platform, u))
	}
	return s
}

// maxPlaces is how many places of an undecided item are listed.
const maxPlaces = 5

func newUndecided(platform string, u report.Undecided) undecided {
	out := undecided{Platform: platform, Reason: text(u.Reason), Accept: shell([]string{"--accept", u.ID})}
	if u.Keep != "" {
		out.Keep = shell([]string{"--keep", u.Keep})
	}
	for _, m := range u.Mentions[:min(len(u.Mentions), maxPlaces)] {
		place := name(m.Path)
		if m.Line > 0 {
			place += fmt.Sprintf(":%d", m.Line)
		}
		out.Places = append(out.Places, place)
	}
	out.More = len(u.Mentions) - len(out.Places)
	return out
}

// addPicture adds the content of a picture.
func (s *section) addPicture(p *report.Platform, limit func(int) int) {
	pic := p.Picture
	s.Details = true
	before, after := sum(pic.Fat), sum(pic.Slim)
	s.Sizes = append(s.Sizes, pair{
		Name: "Files", Before: thousands(before.files), After: thousands(after.files),
		Ratio: saved(report.Change{Before: int64(before.files), After: int64(after.files)}),
	})
	s.Legend = legend(pic)
	s.Fat, s.Slim = layerBars(pic.FatLayers, p.Layers, limit(300))
	s.Kept = cut(groups(pic.Slim, func(o report.Origin) bool { return o != report.FromBase }, keptWhy), limit(60))
	s.Dropped = cut(groups(pic.Fat, func(o report.Origin) bool { return o == report.LeftBehind }, droppedWhy), limit(60))
	s.Removals = removals(pic.Removals, limit(50))
	s.Added = additions(pic.Additions, limit(200))
	s.Packages = packages(pic, limit(1500))
	s.Config = settings(p.Config, limit(200))
}

// tally counts files and bytes.
type tally struct {
	files int
	bytes int64
}

func sum(shares []report.Share) (t tally) {
	for _, s := range shares {
		t.files += s.Files
		t.bytes += s.Bytes
	}
	return t
}
