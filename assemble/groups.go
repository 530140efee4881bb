package assemble

import (
	"cmp"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/layers"
)

// Group sums paths that have one verdict for one kind of reason.
type Group struct {
	// Verdict is "keep", "in the base", "drop", or "remove": from the base.
	Verdict string `json:"verdict"`
	Title   string `json:"title"` // for people
	// Rules are those by which the paths got there.
	Rules []string `json:"rules"`
	// Files counts what is no directory, Directories the rest. Layers counts
	// layers that were not read: then Size is their compressed size.
	Files       int   `json:"files"`
	Directories int   `json:"directories"`
	Layers      int   `json:"layers,omitempty"`
	Size        int64 `json:"size"`
	// FromOwnBase counts the files that come from layers of FAT's own base.
	FromOwnBase int `json:"from_own_base,omitempty"`
	// Names says how many distributions, packages or places the group has;
	// Largest are the first of them by size.
	Names   int     `json:"names"`
	Largest []Sized `json:"largest"`
}

// Sized is something with its size in bytes.
type Sized struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// The verdicts of groups.
const (
	groupKeep   = "keep"
	groupInBase = "in the base"
	groupDrop   = "drop"
	groupRemove = "remove"
)

// verdictGroups are the verdicts of a selection as groups call them.
var verdictGroups = map[extract.Verdict]string{extract.Kept: groupKeep, extract.InBase: groupInBase, extract.Dropped: groupDrop}

// entry is a path of a plan.
type entry struct {
	verdict string
	part    extract.Part
	reason  extract.Reason
	path    string // without a leading slash: no copy of what the tree has
	size    int64
	dir     bool
	cold    bool // it comes from FAT's own base
}

// grouping is a row of the table of groups.
type grouping struct {
	verdict, title string
	has            func(e *entry) bool
	names          func(a *analysis, row []*entry) []Sized
}

// groupings is the table of groups in the order of a plan: the first that has an
// entry counts it. The last row of each verdict has all.
func groupings() []grouping {
	return []grouping{
		{groupKeep, "distributions", inPart(extract.Dependencies), distributionSizes},
		{groupKeep, "application", inPart(extract.Application), places},
		{groupKeep, "accounts", byRule("accounts"), places},
		{groupKeep, "programs, links", byRule("command", "needs", "shebang", "link"), byName(baseName)},
		{groupKeep, "packages, libraries", byRule("debian", "needed", "opened"), byName(packageName)},
		{groupKeep, "records of packages", byRule("attribution"), byName(recordName)},
		{groupKeep, "loader's cache", byRule("loader-cache"), byName(baseName)},
		{groupKeep, "by --keep", byRule("keep"), places},
		{groupKeep, "edited by you", byRule("edited"), places},
		{groupKeep, "directories", byRule("directory"), places},
		{groupKeep, "data elsewhere", byRule("unowned"), places},
		{groupKeep, "other", all, places},
		{groupInBase, baseLayers, never, places},
		{groupInBase, "equal in the base", all, places},
		{groupDrop, ownBase, byRule("base"), places},
		{groupDrop, "Debian packages", byRule("debian"), byName(packageName)},
		{groupDrop, "bytecode", byRule("bytecode"), places},
		{groupDrop, "caches and logs", byRule("litter"), places},
		{groupDrop, "dpkg's database", byRule("dpkg-database"), places},
		{groupDrop, "CPython itself", byRule("interpreter"), places},
		{groupDrop, "loader's cache", byRule("loader-cache"), places},
		{groupDrop, "devices and pipes", byRule("special"), places},
		{groupDrop, "by --drop", byRule("drop"), places},
		{groupDrop, "emptied", byRule("emptied"), places},
		{groupDrop, "no rule claims", byRule("none"), places},
		{groupDrop, "other", all, places},
		{groupRemove, "other versions", byRule("replaced"), places},
		{groupRemove, "what you removed", all, places},
	}
}

// Titles of the groups that count layers which were not read: those of FAT's own base,
// and of these the ones that the base has too, since FAT was built on it.
const (
	ownBase    = "FAT's own base"
	baseLayers = "layers of the base"
)

func all(*entry) bool   { return true }
func never(*entry) bool { return false }

func inPart(p extract.Part) func(*entry) bool { return func(e *entry) bool { return e.part == p } }

func byRule(rules ...string) func(*entry) bool {
	return func(e *entry) bool { return slices.Contains(rules, e.reason.Rule.Name) }
}

// entries lists the paths of a selection.
func (a *analysis) entries() []entry {
	var out []entry
	made := make(map[string]bool)
	for _, g := range a.sel.Generated {
		made[g.Entry.Name] = true
		out = append(out, entry{verdict: groupKeep, part: g.Part, reason: g.Reason, path: g.Entry.Name, size: g.Entry.Size})
	}
	for _, it := range a.sel.Items {
		if !made[it.Path] {
			out = append(out, entry{
				verdictGroups[it.Verdict], it.Part, it.Reason, it.Path, it.Size, it.Kind == layers.Dir, it.Pos.Layer < a.boundary,
			})
		}
	}
	for _, gone := range a.sel.Removals {
		e := entry{verdict: groupRemove, reason: gone.Reason, path: gone.Path}
		if n, err := a.base.Tree.Lookup(gone.Path); err == nil {
			e.size, e.dir = n.Size, n.Kind == layers.Dir
		}
		out = append(out, e)
	}
	return out
}

// groups sums entries by the table; layers of FAT's own base are summed where
// they were not read.
func (a *analysis) groups(entries []entry, unread bool) []Group {
	table, shared := groupings(), a.shared()
	rows := make([][]*entry, len(table))
	for j := range entries {
		e := &entries[j]
		i := slices.IndexFunc(table, func(g grouping) bool { return g.verdict == e.verdict && g.has(e) })
		rows[i] = append(rows[i], e)
	}
	out := []Group{}
	for i, row := range rows {
		g := Group{Verdict: table[i].verdict, Title: table[i].title, Rules: []string{}, Largest: []Sized{}}
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
				g.FromOwnBase++
			}
		}
		if unread {
			for _, b := range map[string][]*blob{baseLayers: a.fat.layers[:shared], ownBase: a.fat.layers[shared:a.boundary]}[g.Title] {
				g.Rules = []string{"base"}
				g.Layers++
				g.Size += b.desc.Size
			}
		}
		if g.Files+g.Directories+g.Layers == 0 {
			continue
		}
		slices.Sort(g.Rules)
		named := table[i].names(a, row)
		if g.Size > 0 { // links and empty files have no size worth a name
			named = slices.DeleteFunc(named, func(s Sized) bool { return s.Size == 0 })
		}
		slices.SortFunc(named, func(a, b Sized) int { return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Name, b.Name)) })
		g.Names = len(named)
		g.Largest = append(g.Largest, named[:min(len(named), maxLargest)]...)
		out = append(out, g)
	}
	return out
}

// maxLargest is how many names a group tells.
const maxLargest = 5

// distributionSizes names installed distributions.
func distributionSizes(a *analysis, _ []*entry) []Sized {
	var out []Sized
	for _, d := range a.sel.Distributions {
		out = append(out, Sized{strings.TrimSpace(d.Name + " " + d.Version), d.Bytes})
	}
	return out
}

// byName sums entries by a name that each has.
func byName(name func(*entry) string) func(*analysis, []*entry) []Sized {
	return func(_ *analysis, row []*entry) []Sized {
		sums := make(map[string]int64)
		for _, e := range row {
			if !e.dir {
				sums[name(e)] += e.size
			}
		}
		return sized(sums)
	}
}

func baseName(e *entry) string { return path.Base(e.path) }

// recordName is the Debian package that a file of a package's records is about.
func recordName(e *entry) string {
	name := path.Base(e.path)
	if name == "copyright" {
		return path.Base(path.Dir(e.path))
	}
	name, _, _ = strings.Cut(strings.TrimSuffix(name, ".md5sums"), ":")
	return name
}

// packageName is the Debian package whose list of files is the evidence; a
// library that something needs has its own name.
func packageName(e *entry) string {
	stem, ok := strings.CutSuffix(path.Base(e.reason.From), ".list")
	switch {
	case e.reason.Rule.Name == "needed" || e.reason.Rule.Name == "opened":
		return baseName(e)
	case !ok:
		return "links and indexes"
	}
	name, _, _ := strings.Cut(stem, ":")
	return name
}

// places sums entries by where they lie: by the directory that holds all of
// them, where it is not one of the first two levels of the tree.
func places(_ *analysis, row []*entry) []Sized {
	files := slices.DeleteFunc(slices.Clone(row), func(e *entry) bool { return e.dir })
	slices.SortFunc(files, func(a, b *entry) int { return cmp.Compare(a.path, b.path) })
	sums := make(map[string]int64)
	// All files of a call lie in the directory that the first so many bytes of their
	// paths name, the slash included.
	var add func(dir int, files []*entry)
	add = func(dir int, files []*entry) {
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

// runs cuts files, which are sorted and lie in the directory that the first dir bytes of
// their paths name, by what they lie in there.
func runs(files []*entry, dir int) iter.Seq[[]*entry] {
	name := func(e *entry) string {
		name, _, _ := strings.Cut(e.path[dir:], "/")
		return name
	}
	return func(yield func([]*entry) bool) {
		for len(files) > 0 {
			n := slices.IndexFunc(files, func(e *entry) bool { return name(e) != name(files[0]) })
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

func sized(sums map[string]int64) []Sized {
	out := make([]Sized, 0, len(sums))
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		out = append(out, Sized{name, sums[name]})
	}
	return out
}
