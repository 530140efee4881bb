package explain

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// Explanation answers a question about an image: what becomes of the paths that
// it is about, and why.
type Explanation struct {
	// Subjects are the distributions and packages of the name that was given.
	Subjects []Subject
	// Findings are the paths, sorted.
	Findings []Finding
	// Partial says that layers of the original base image were not read: they may hold
	// more of what was asked for.
	Partial bool
}

// Subject is a distribution or a Debian package.
type Subject struct {
	Kind    string // "distribution" or "Debian package"
	Name    string
	Version string // "" if nothing tells
	// Path is its metadata or its list of files; In says what has that: the
	// image's own layers, the base, or the original base image.
	Path string
	In   Origin
}

// Origin says in which image something was found.
type Origin uint8

// The origins.
const (
	InImage   Origin = iota // the user's layers
	InSlim                  // the base that SLIM stands on
	InFatBase               // the original base image, which stays behind
)

func (o Origin) String() string {
	return [...]string{"the image", "the base", "the original base image"}[o]
}

// Finding is a path with its verdict, and the evidence for that.
type Finding struct {
	Path    string
	Dir     bool
	Size    int64
	Verdict selection.Verdict
	Part    selection.Part // of what is kept
	To      string         // where it is kept if not at its own place
	Package string         // the Debian package that owns it, by dpkg's lists
	// Chain leads from the path's own reason to the root: each item is the
	// reason of the path at which the one before points.
	Chain []selection.Reason
	// Keep is what --keep takes to keep what is dropped; "" if nothing would.
	Keep string
}

// Explain tells what a selection decided about what a user names, and why.
// Cold layers are read where nothing else has it, or all of them with all set.
// It returns an [*UnknownWhatError] for what is nowhere.
func Explain(ctx context.Context, in *selection.Image, base *selection.Base, sel *selection.Selection, ecosystems []*ecosystem.Ecosystem, what Query, all bool) (*Explanation, error) {
	x := newExplainer(in, base, sel)
	x.ecosystems = ecosystems
	var err error
	switch {
	case what.dist != "" || what.deb != "":
		err = x.subjects(ctx, what, all)
	default:
		err = x.paths(ctx, what, all)
	}
	if err != nil {
		return nil, err
	}
	if len(x.out.Findings) == 0 && len(x.out.Subjects) == 0 {
		near, err := x.nearest(ctx, what)
		if err != nil {
			return nil, err
		}
		return nil, &NotFoundError{what.kind(), near}
	}
	slices.SortFunc(x.out.Findings, func(a, b Finding) int { return cmp.Compare(a.Path, b.Path) })
	return &x.out, nil
}

// ColdFindings has a finding for each path of the original base image that is neither
// kept nor of the same name in the base. All cold layers are read.
func ColdFindings(ctx context.Context, in *selection.Image, base *selection.Base, sel *selection.Selection) ([]Finding, error) {
	x := newExplainer(in, base, sel)
	x.near(func(name string, _ *layers.Node) { x.seen[name] = true })
	err := x.cold(ctx, func(string, *layers.Node) bool { return true })
	return x.out.Findings, err
}

// explainer looks things up in a selection.
type explainer struct {
	in         *selection.Image
	base       *selection.Base
	sel        *selection.Selection
	ecosystems []*ecosystem.Ecosystem
	items      map[string]*selection.Item // by path
	made       map[string]*selection.Generated
	gone       map[string]selection.Reason
	// packages are those that come along, by name.
	packages map[string]*selection.Package
	owners   map[*layers.Tree]*debian.Ownership
	seen     map[string]bool
	out      Explanation
}

func newExplainer(in *selection.Image, base *selection.Base, sel *selection.Selection) *explainer {
	x := &explainer{
		in: in, base: base, sel: sel, items: make(map[string]*selection.Item), made: make(map[string]*selection.Generated),
		gone: make(map[string]selection.Reason), packages: make(map[string]*selection.Package), owners: make(map[*layers.Tree]*debian.Ownership), seen: make(map[string]bool),
		out: Explanation{Subjects: []Subject{}, Findings: []Finding{}},
	}
	for _, it := range sel.Items {
		// Where layers of several depths hold a path, the newest decides.
		if x.items[it.Path] == nil {
			x.items[it.Path] = it
		}
	}
	for i := range sel.Generated {
		x.made[sel.Generated[i].Entry.Name] = &sel.Generated[i]
	}
	for i := range sel.Packages {
		x.packages[sel.Packages[i].Name] = &sel.Packages[i]
	}
	for _, r := range sel.Removals {
		x.gone[r.Path] = r.Reason
	}
	return x
}

// add appends the finding of a path, once.
func (x *explainer) add(ctx context.Context, name string, n *layers.Node) error {
	if x.seen[name] {
		return nil
	}
	x.seen[name] = true
	f, err := x.finding(ctx, name, n)
	x.out.Findings = append(x.out.Findings, f)
	return err
}

// finding judges a path; n is its node in whatever tree has it, nil for what is
// made here.
func (x *explainer) finding(ctx context.Context, name string, n *layers.Node) (Finding, error) {
	f, err := x.judge(ctx, name, n)
	if err == nil && f.Verdict == selection.Dropped && x.packages[f.Package] != nil && f.Keep != "" {
		// The package comes along, but dpkg would not unpack this on the base.
		f.Chain[0], f.Keep = selection.Reason{Rule: selection.Debian, Text: "the base's dpkg leaves it out of packages (path-exclude)", From: ""}, "/"+f.Path
	}
	return f, err
}

// judge is finding without a view to packages that come along.
func (x *explainer) judge(ctx context.Context, name string, n *layers.Node) (f Finding, err error) {
	f = Finding{Path: name, Verdict: selection.Dropped}
	if n != nil {
		f.Size, f.Dir = n.Size, n.Kind == layers.Dir
	}
	if g := x.made[name]; g != nil {
		f.Size, f.Verdict, f.Part, f.Chain = g.Entry.Size, selection.Kept, g.Part, x.chain(g.Reason, nil)
		return f, nil
	}
	if it := x.items[name]; it != nil {
		f.Size, f.Verdict, f.Part, f.To = it.Size, it.Verdict, it.Part, it.To
		tree := x.in.Upper()
		if it.Pos.Layer < x.in.Stack.Boundary {
			if tree, err = x.in.Stack.Cold(ctx, it.Pos.Layer); err != nil {
				return f, err
			}
		}
		f.Package = x.owned(tree).Files[it.Node]
		if it.Verdict == selection.InBase {
			f.Chain = []selection.Reason{{Rule: selection.OfBase, Text: "the base has it as the image has", From: ""}}
		} else {
			f.Chain = x.chain(it.Reason, it)
		}
		if it.Verdict == selection.Dropped && !f.Dir && !it.Reason.Rule.Derived {
			f.Keep = keepText(f)
		}
		return f, nil
	}
	if b, err := x.base.Tree.Lookup(name); err == nil {
		f.Package = x.owned(x.base.Tree).Files[b]
		for at := name; at != "."; at = path.Dir(at) {
			if r, ok := x.gone[at]; ok {
				f.Chain = x.chain(r, nil)
				return f, nil
			}
		}
		f.Size, f.Dir, f.Verdict = b.Size, b.Kind == layers.Dir, selection.InBase
		f.Chain = []selection.Reason{{Rule: selection.OfBase, Text: "the base brings it", From: ""}}
		return f, nil
	}
	tree, err := x.in.Stack.Cold(ctx, n.Pos.Layer)
	if err != nil {
		return f, err
	}
	f.Package = x.owned(tree).Files[n]
	f.Chain = []selection.Reason{
		{Rule: selection.OriginalBase, Text: "from the original base image, which the slim base replaces: nothing kept names it", From: ""},
		{Rule: selection.History, Text: imageconfig.LayerText(x.in.Config, n.Pos.Layer), From: ""},
	}
	f.Keep = keepText(f)
	return f, nil
}

// keepText is what --keep takes for a path: its package, for one file of a
// package is seldom of use.
func keepText(f Finding) string {
	if f.Package != "" {
		return "deb:" + f.Package
	}
	return "/" + f.Path
}

// owned reads the file lists of a tree, once.
func (x *explainer) owned(t *layers.Tree) *debian.Ownership {
	if x.owners[t] == nil {
		x.owners[t] = debian.OwnershipOf(t)
	}
	return x.owners[t]
}

// chain follows evidence to its root: the reason, that of the path which is its
// evidence, and so on, and at last the step of the Dockerfile that brought the
// root. Only what is kept is evidence for something else. it is nil for what no
// layer of the image holds.
func (x *explainer) chain(r selection.Reason, it *selection.Item) []selection.Reason {
	out := []selection.Reason{r}
	seen := map[string]bool{}
	for at := r.From; at != "" && !seen[at] && (it == nil || it.Verdict == selection.Kept); at = r.From {
		seen[at] = true
		next := x.items[at]
		if next != nil && next.Verdict == selection.Kept && next.Kind != layers.Dir {
			it, r = next, next.Reason
		} else {
			next = nil
		}
		// A package's list stands for the package.
		if name, ok := debian.PackageOf(at); ok && x.packages[name] != nil {
			p := x.packages[name]
			r = selection.Reason{Rule: selection.Debian, Text: "Debian package " + name + ": " + text.Shorten(p.Why.Text, imageconfig.MaxStep), From: p.Why.From}
		} else if next == nil {
			break
		}
		if last := out[len(out)-1]; r.Rule != last.Rule || r.Text != last.Text {
			out = append(out, r)
		}
	}
	if it != nil && it.Pos.Layer >= x.in.Stack.Boundary && !r.Rule.Origin {
		out = append(out, selection.Reason{Rule: selection.History, Text: imageconfig.LayerText(x.in.Config, it.Pos.Layer), From: ""})
	}
	return out
}

// near calls f for each path of which a verdict is known without cold layers.
func (x *explainer) near(f func(name string, n *layers.Node)) {
	visit := func(n *layers.Node) bool {
		if n.Parent() != nil && !n.Implied {
			f(n.Path(), n)
		}
		return true
	}
	x.in.Upper().Walk(visit)
	for _, it := range x.sel.Items {
		if it.Pos.Layer < x.in.Stack.Boundary {
			visit(it.Node)
		}
	}
	x.base.Tree.Walk(visit)
	for i := range x.sel.Generated {
		f(x.sel.Generated[i].Entry.Name, nil)
	}
}

// cold adds the paths of cold layers that are accepted and were not seen.
func (x *explainer) cold(ctx context.Context, want func(name string, n *layers.Node) bool) error {
	var failed error
	err := x.in.Stack.Glob(ctx, func(name string) bool { return !x.seen[name] }, func(n *layers.Node) {
		if name := n.Path(); n.Parent() != nil && n.Pos.Layer < x.in.Stack.Boundary && failed == nil && want(name, n) {
			failed = x.add(ctx, name, n)
		}
	})
	return cmp.Or(err, failed)
}

// paths finds what is asked for by a path, a glob or a library's name.
func (x *explainer) paths(ctx context.Context, w Query, all bool) error {
	if w.path != "" {
		w.path = x.canonical(w.path)
	}
	var failed error
	x.near(func(name string, n *layers.Node) {
		if failed == nil && (n != nil && w.matches(name, n) || n == nil && w.path == name) {
			failed = x.add(ctx, name, n)
		}
	})
	if failed != nil {
		return failed
	}
	if len(x.out.Findings) > 0 && !all {
		// A file or a library has one verdict, whatever else has it.
		single := w.so != "" || w.path != "" && len(x.out.Findings) == 1 && !x.out.Findings[0].Dir
		x.out.Partial = x.in.Stack.Boundary > 0 && !single
		return nil
	}
	if w.path != "" {
		// Newest first, so that one file does not cost the whole image.
		n, err := x.in.Stack.Lookup(ctx, w.path)
		if err == nil && n.Kind != layers.Dir {
			return x.add(ctx, n.Path(), n)
		} else if err != nil && !layers.NotExist(err) {
			return err
		}
	}
	return x.cold(ctx, w.matches)
}

// canonical leads a path through links to directories (merged /usr), as far as
// the user's layers and the base know them.
func (x *explainer) canonical(name string) string {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		for _, t := range []*layers.Tree{x.in.Upper(), x.base.Tree} {
			if n, err := t.Resolve(dir); err == nil && n.Kind == layers.Dir {
				return path.Join(n.Path(), strings.TrimPrefix(name, dir))
			}
		}
	}
	return name
}
