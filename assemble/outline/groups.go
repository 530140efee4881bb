package outline

import (
	"cmp"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// verdictGroups are the verdicts of a selection as groups call them.
var verdictGroups = map[selection.Verdict]string{selection.Kept: report.VerdictKeep, selection.InBase: report.VerdictInBase, selection.Dropped: report.VerdictDrop}

// Entry is a path of a plan.
type Entry struct {
	verdict string
	part    selection.Part
	reason  selection.Reason
	path    string // without a leading slash: no copy of what the tree has
	size    int64
	dir     bool
	cold    bool // it comes from the original base image
}

// grouping is a row of the table of groups.
type grouping struct {
	verdict, title string
	has            func(e *Entry) bool
	names          func(a *analyze.Analysis, row []*Entry) []report.Sized
}

// groupings is the table of groups in the order of a plan: the first that has an entry
// counts it. The last row of each verdict has the rest.
func groupings() []grouping {
	return []grouping{
		{report.VerdictKeep, "installed packages", inPart(selection.Dependencies), distributionSizes},
		{report.VerdictKeep, "application", inPart(selection.Application), places},
		{report.VerdictKeep, "accounts", byRule(selection.Accounts), places},
		{report.VerdictKeep, "programs, links", byRule(selection.Command, selection.Needs, selection.Variable, selection.Shebang, selection.LinkTarget), byName(baseName)},
		{report.VerdictKeep, "packages, libraries", byRule(selection.Debian, selection.Needed, selection.Opened), byName(packageName)},
		{report.VerdictKeep, "records of packages", byRule(selection.Attribution), byName(recordName)},
		{report.VerdictKeep, "loader's cache", byRule(selection.LoaderCache), byName(baseName)},
		{report.VerdictKeep, "by --keep", byRule(selection.ByKeep), places},
		{report.VerdictKeep, "edited by you", byRule(selection.Edited), places},
		{report.VerdictKeep, "directories", byRule(selection.Directory), places},
		{report.VerdictKeep, "data elsewhere", byRule(selection.Unowned), places},
		{report.VerdictKeep, "other", all, places},
		{report.VerdictInBase, baseLayers, never, places},
		{report.VerdictInBase, "equal in the base", all, places},
		{report.VerdictDrop, originalBase, byRule(selection.OriginalBase), places},
		{report.VerdictDrop, "Debian packages", byRule(selection.Debian), byName(packageName)},
		{report.VerdictDrop, "bytecode", derived, places},
		{report.VerdictDrop, "caches and logs", byRule(selection.Caches), places},
		{report.VerdictDrop, "dpkg's database", byRule(selection.DpkgDatabase), places},
		{report.VerdictDrop, "the runtime itself", ofRuntime, places},
		{report.VerdictDrop, "loader's cache", byRule(selection.LoaderCache), places},
		{report.VerdictDrop, "devices and pipes", byRule(selection.Special), places},
		{report.VerdictDrop, "by --drop", byRule(selection.ByDrop), places},
		{report.VerdictDrop, "emptied", byRule(selection.Emptied), places},
		{report.VerdictDrop, "no rule claims", byRule(selection.NoRule), places},
		{report.VerdictDrop, "other", all, places},
		{report.VerdictRemove, "other versions", byRule(selection.Replaced), places},
		{report.VerdictRemove, "what you removed", all, places},
	}
}

// Titles of the groups that count layers which were not read: those of the original base
// image, and those that the slim base has, too.
const (
	originalBase = "original base image"
	baseLayers   = "layers of the base"
)

func all(*Entry) bool   { return true }
func never(*Entry) bool { return false }

func inPart(p selection.Part) func(*Entry) bool { return func(e *Entry) bool { return e.part == p } }

func byRule(rules ...*selection.Rule) func(*Entry) bool {
	return func(e *Entry) bool { return slices.Contains(rules, e.reason.Rule) }
}

func derived(e *Entry) bool { return e.reason.Rule.Derived }

func ofRuntime(e *Entry) bool { return e.reason.Rule.Runtime }

// Entries lists the paths of a selection.
func Entries(a *analyze.Analysis) []Entry {
	var out []Entry
	made := make(map[string]bool)
	for _, g := range a.Sel.Generated {
		made[g.Entry.Name] = true
		out = append(out, Entry{verdict: report.VerdictKeep, part: g.Part, reason: g.Reason, path: g.Entry.Name, size: g.Entry.Size})
	}
	for _, it := range a.Sel.Items {
		if !made[it.Path] {
			out = append(out, Entry{
				verdictGroups[it.Verdict], it.Part, it.Reason, it.Path, it.Size, it.Kind == layers.Dir, it.Pos.Layer < a.Boundary,
			})
		}
	}
	for _, gone := range a.Sel.Removals {
		e := Entry{verdict: report.VerdictRemove, reason: gone.Reason, path: gone.Path}
		if n, err := a.Base.Tree.Lookup(gone.Path); err == nil {
			e.size, e.dir = n.Size, n.Kind == layers.Dir
		}
		out = append(out, e)
	}
	return out
}

// Groups sums entries by the table. If unread is set, layers of the original base image
// that were not read are counted, too.
func Groups(a *analyze.Analysis, entries []Entry, unread bool) []report.Group {
	table, shared := groupings(), a.Shared()
	rows := make([][]*Entry, len(table))
	for j := range entries {
		e := &entries[j]
		i := slices.IndexFunc(table, func(g grouping) bool { return g.verdict == e.verdict && g.has(e) })
		rows[i] = append(rows[i], e)
	}
	out := []report.Group{}
	for i, row := range rows {
		g := report.Group{Verdict: table[i].verdict, Title: table[i].title, Rules: []string{}, Largest: []report.Sized{}}
		for _, e := range row {
			if !slices.Contains(g.Rules, e.reason.Rule.Name) {
				g.Rules = append(g.Rules, e.reason.Rule.Name)
			}
			if e.dir {
				g.Directories++
				continue
			}
			g.Files++
			g.Size += e.size
			if e.cold {
				g.FromOriginalBase++
			}
		}
		if unread {
			for _, b := range map[string][]*image.Layer{baseLayers: a.Fat.Layers[:shared], originalBase: a.Fat.Layers[shared:a.Boundary]}[g.Title] {
				g.Rules = []string{"base"}
				g.Layers++
				g.Size += b.Descriptor.Size
			}
		}
		if g.Files+g.Directories+g.Layers == 0 {
			continue
		}
		slices.Sort(g.Rules)
		named := table[i].names(a, row)
		if g.Size > 0 { // links and empty files have no size worth a name
			named = slices.DeleteFunc(named, func(s report.Sized) bool { return s.Size == 0 })
		}
		slices.SortFunc(named, func(a, b report.Sized) int { return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Name, b.Name)) })
		g.Names = len(named)
		g.Largest = append(g.Largest, named[:min(len(named), maxLargest)]...)
		out = append(out, g)
	}
	return out
}

// TitleOf is the title of the group that counts a path.
func TitleOf(verdict selection.Verdict, part selection.Part, reason selection.Reason) string {
	e := &Entry{verdict: verdictGroups[verdict], part: part, reason: reason}
	table := groupings()
	return table[slices.IndexFunc(table, func(g grouping) bool { return g.verdict == e.verdict && g.has(e) })].title
}

// maxLargest is how many names a group lists.
const maxLargest = 5

// distributionSizes names installed distributions.
func distributionSizes(a *analyze.Analysis, _ []*Entry) []report.Sized {
	var out []report.Sized
	for _, d := range a.Sel.Distributions {
		out = append(out, report.Sized{Name: strings.TrimSpace(d.Name + " " + d.Version), Size: d.Bytes})
	}
	return out
}

// byName sums entries by a name that each has.
func byName(name func(*Entry) string) func(*analyze.Analysis, []*Entry) []report.Sized {
	return func(_ *analyze.Analysis, row []*Entry) []report.Sized {
		sums := make(map[string]int64)
		for _, e := range row {
			if !e.dir {
				sums[name(e)] += e.size
			}
		}
		return sized(sums)
	}
}

func baseName(e *Entry) string { return path.Base(e.path) }

// recordName is the Debian package that a record belongs to.
func recordName(e *Entry) string {
	name := path.Base(e.path)
	if name == "copyright" {
		return path.Base(path.Dir(e.path))
	}
	name, _, _ = strings.Cut(strings.TrimSuffix(name, ".md5sums"), ":")
	return name
}

// packageName is the Debian package whose list of files is the evidence; a needed library
// has its own name.
func packageName(e *Entry) string {
	stem, ok := strings.CutSuffix(path.Base(e.reason.From), ".list")
	switch {
	case e.reason.Rule == selection.Needed || e.reason.Rule == selection.Opened:
		return baseName(e)
	case !ok:
		return "links and indexes"
	}
	name, _, _ := strings.Cut(stem, ":")
	return name
}

// places sums entries by the directory that holds all of them, unless it is in the first
// two levels of the tree.
func places(_ *analyze.Analysis, row []*Entry) []report.Sized {
	files := slices.DeleteFunc(slices.Clone(row), func(e *Entry) bool { return e.dir })
	slices.SortFunc(files, func(a, b *Entry) int { return cmp.Compare(a.path, b.path) })
	sums := make(map[string]int64)
	// All files of a call are in the directory that the first dir bytes of their paths
	// name, with the slash.
	var add func(dir int, files []*Entry)
	add = func(dir int, files []*Entry) {
		below := slices.Collect(runs(files, dir))
		if len(below) > 1 && strings.Count(files[0].path[:dir], "/") >= 2 {
			for _, e := range files {
				sums["/"+e.path[:dir-1]] += e.size
			}
			return
		}
		for _, run := range below {
			first := run[0].path
			if i := strings.IndexByte(first[dir:], '/'); i >= 0 {
				add(dir+i+1, run)
			} else {
				sums["/"+first] = run[0].size
			}
		}
	}
	add(0, files)
	return sized(sums)
}

// runs splits files, which are sorted and lie in the directory that the first dir bytes of
// their paths name, by their next element.
func runs(files []*Entry, dir int) iter.Seq[[]*Entry] {
	name := func(e *Entry) string {
		name, _, _ := strings.Cut(e.path[dir:], "/")
		return name
	}
	return func(yield func([]*Entry) bool) {
		for len(files) > 0 {
			n := slices.IndexFunc(files, func(e *Entry) bool { return name(e) != name(files[0]) })
			if n < 0 {
				n = len(files)
			}
			if !yield(files[:n]) {
				return
			}
			files = files[n:]
		}
	}
}

func sized(sums map[string]int64) []report.Sized {
	out := make([]report.Sized, 0, len(sums))
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		out = append(out, report.Sized{Name: name, Size: sums[name]})
	}
	return out
}
