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

// Answer answers a query: what was decided about the paths that match, and why.
type Answer struct {
	// Packages are those with the name of the query.
	Packages []Package
	// Paths are sorted.
	Paths []Path
	// Partial reports that layers of the original base image, which may hold more
	// matches, were not read.
	Partial bool
}

// Package is a package that matches a query.
type Package struct {
	Kind    string // "Debian package", or one of an ecosystem: "Python package"
	Name    string
	Version string // "" if it is unknown
	// Path is its metadata or its list of files, and In the image that has it.
	Path string
	In   Location
}

// Location is the image in which a package was found.
type Location uint8

// The locations.
const (
	InImage        Location = iota // the user's layers
	InBase                         // the base of SLIM
	InOriginalBase                 // the original base image, which is left behind
)

func (l Location) String() string {
	return [...]string{"the image", "the base", "the original base image"}[l]
}

// Path is a path with its verdict and the evidence for it.
type Path struct {
	Path    string
	Dir     bool
	Size    int64
	Verdict selection.Verdict
	Part    selection.Part // of what is kept
	To      string         // the path at which it is written; "" for its own
	Package string         // the Debian package that owns it, by dpkg's lists
	// Chain leads from the path's own reason to its origin: each item is the reason of
	// the path that is the evidence of the item before.
	Chain []selection.Reason
	// Keep is the argument of --keep that keeps a dropped path; "" if there is none.
	Keep string
}

// Explain explains what a selection decided about the paths of a query, and why. It
// reads cold layers only if nothing is found elsewhere, or all of them with all set.
// It returns a [*NotFoundError] if nothing matches.
func Explain(ctx context.Context, s *selection.State, ecosystems []*ecosystem.Ecosystem, q Query, all bool) (*Answer, error) {
	x := newExplainer(s)
	x.ecosystems = ecosystems
	var err error
	switch {
	case q.dist != "" || q.deb != "":
		err = x.findPackages(ctx, q, all)
	default:
		err = x.findPaths(ctx, q, all)
	}
	if err != nil {
		return nil, err
	}
	if len(x.out.Paths) == 0 && len(x.out.Packages) == 0 {
		near, err := x.nearest(ctx, q)
		if err != nil {
			return nil, err
		}
		return nil, &NotFoundError{q.kind(), near}
	}
	slices.SortFunc(x.out.Paths, func(a, b Path) int { return cmp.Compare(a.Path, b.Path) })
	return &x.out, nil
}

// OriginalBasePaths explains each path of the original base image that is neither kept
// nor in the base under the same name. It reads all cold layers.
func OriginalBasePaths(ctx context.Context, s *selection.State) ([]Path, error) {
	x := newExplainer(s)
	x.eachKnown(func(name string, _ *layers.Node) { x.seen[name] = true })
	err := x.cold(ctx, func(string, *layers.Node) bool { return true })
	return x.out.Paths, err
}

// explainer looks up paths and packages in a selection.
type explainer struct {
	*selection.State
	ecosystems []*ecosystem.Ecosystem
	items      map[string]*selection.Item // by path
	generated  map[string]*selection.Generated
	removed    map[string]selection.Reason
	// moved are the Debian packages that are moved, by name.
	moved  map[string]*selection.Package
	owners map[*layers.Tree]*debian.Ownership
	seen   map[string]bool
	out    Answer
}

func newExplainer(s *selection.State) *explainer {
	x := &explainer{
		State: s, items: make(map[string]*selection.Item), generated: make(map[string]*selection.Generated),
		removed: make(map[string]selection.Reason), moved: make(map[string]*selection.Package), owners: make(map[*layers.Tree]*debian.Ownership), seen: make(map[string]bool),
		out: Answer{Packages: []Package{}, Paths: []Path{}},
	}
	sel := s.Selection
	for _, it := range sel.Items {
		// Where layers of several depths hold a path, the newest decides.
		if x.items[it.Path] == nil {
			x.items[it.Path] = it
		}
	}
	for i := range sel.Generated {
		x.generated[sel.Generated[i].Entry.Name] = &sel.Generated[i]
	}
	for i := range sel.Packages {
		x.moved[sel.Packages[i].Name] = &sel.Packages[i]
	}
	for _, r := range sel.Removals {
		x.removed[r.Path] = r.Reason
	}
	return x
}

// add explains a path, once.
func (x *explainer) add(ctx context.Context, name string, n *layers.Node) error {
	if x.seen[name] {
		return nil
	}
	x.seen[name] = true
	f, err := x.explainPath(ctx, name, n)
	x.out.Paths = append(x.out.Paths, f)
	return err
}

// explainPath explains a path; n is its node in the tree that has it, nil for a
// generated path.
func (x *explainer) explainPath(ctx context.Context, name string, n *layers.Node) (Path, error) {
	f, err := x.explain(ctx, name, n)
	if err == nil && f.Verdict == selection.Dropped && x.moved[f.Package] != nil && f.Keep != "" {
		// The package is moved, but dpkg would not unpack this path on the base.
		f.Chain[0], f.Keep = selection.Reason{Rule: selection.Debian, Text: "the base's dpkg leaves it out of packages (path-exclude)", From: ""}, "/"+f.Path
	}
	return f, err
}

// explain is explainPath without regard to moved packages.
func (x *explainer) explain(ctx context.Context, name string, n *layers.Node) (f Path, err error) {
	f = Path{Path: name, Verdict: selection.Dropped}
	if n != nil {
		f.Size, f.Dir = n.Size, n.Kind == layers.Dir
	}
	if g := x.generated[name]; g != nil {
		f.Size, f.Verdict, f.Part, f.Chain = g.Entry.Size, selection.Kept, g.Part, x.chain(g.Reason, nil)
		return f, nil
	}
	if it := x.items[name]; it != nil {
		f.Size, f.Verdict, f.Part, f.To = it.Size, it.Verdict, it.Part, it.To
		tree := x.Upper()
		if it.Pos.Layer < x.Stack.Boundary {
			if tree, err = x.Stack.Cold(ctx, it.Pos.Layer); err != nil {
				return f, err
			}
		}
		f.Package = x.owned(tree).Files[it.Node]
		if it.Verdict == selection.InBase {
			f.Chain = []selection.Reason{{Rule: selection.OfBase, Text: "the base has the same file", From: ""}}
		} else {
			f.Chain = x.chain(it.Reason, it)
		}
		if it.Verdict == selection.Dropped && !f.Dir && !it.Reason.Rule.Derived {
			f.Keep = keepText(f)
		}
		return f, nil
	}
	if b, err := x.Base.Tree.Lookup(name); err == nil {
		f.Package = x.owned(x.Base.Tree).Files[b]
		for at := name; at != "."; at = path.Dir(at) {
			if r, ok := x.removed[at]; ok {
				f.Chain = x.chain(r, nil)
				return f, nil
			}
		}
		f.Size, f.Dir, f.Verdict = b.Size, b.Kind == layers.Dir, selection.InBase
		f.Chain = []selection.Reason{{Rule: selection.OfBase, Text: "from the base", From: ""}}
		return f, nil
	}
	tree, err := x.Stack.Cold(ctx, n.Pos.Layer)
	if err != nil {
		return f, err
	}
	f.Package = x.owned(tree).Files[n]
	f.Chain = []selection.Reason{
		{Rule: selection.OriginalBase, Text: originalBase, From: ""},
		{Rule: selection.History, Text: imageconfig.LayerText(x.Config, n.Pos.Layer), From: ""},
	}
	f.Keep = keepText(f)
	return f, nil
}

// originalBase is the reason of paths that are left behind with the original base image.
const originalBase = "from the original base image, which the slim base replaces: nothing kept names it"

// keepText is the argument of --keep for a path: its package, since a single file of a
// package is seldom useful.
func keepText(f Path) string {
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

// chain follows evidence to its origin: the reason, then the reason of the path that is
// its evidence, and so on, and at last the step of the Dockerfile that wrote the origin.
// Only kept paths are evidence. it is nil for a path that is in no layer of the image.
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
		if name, ok := debian.PackageOf(at); ok && x.moved[name] != nil {
			p := x.moved[name]
			r = selection.Reason{Rule: selection.Debian, Text: "Debian package " + name + ": " + text.Shorten(p.Why.Text, imageconfig.MaxStep), From: p.Why.From}
		} else if next == nil {
			break
		}
		if last := out[len(out)-1]; r.Rule != last.Rule || r.Text != last.Text {
			out = append(out, r)
		}
	}
	if it != nil && it.Pos.Layer >= x.Stack.Boundary && !r.Rule.Origin {
		out = append(out, selection.Reason{Rule: selection.History, Text: imageconfig.LayerText(x.Config, it.Pos.Layer), From: ""})
	}
	return out
}

// eachKnown calls f for each path whose verdict is known without cold layers.
func (x *explainer) eachKnown(f func(name string, n *layers.Node)) {
	visit := func(n *layers.Node) bool {
		if n.Parent() != nil && !n.Implied {
			f(n.Path(), n)
		}
		return true
	}
	x.Upper().Walk(visit)
	for _, it := range x.Selection.Items {
		if it.Pos.Layer < x.Stack.Boundary {
			visit(it.Node)
		}
	}
	x.Base.Tree.Walk(visit)
	for i := range x.Selection.Generated {
		f(x.Selection.Generated[i].Entry.Name, nil)
	}
}

// cold adds the paths of cold layers that are wanted and were not added before.
func (x *explainer) cold(ctx context.Context, want func(name string, n *layers.Node) bool) error {
	var failed error
	err := x.Stack.Glob(ctx, func(name string) bool { return !x.seen[name] }, func(n *layers.Node) {
		if name := n.Path(); n.Parent() != nil && n.Pos.Layer < x.Stack.Boundary && failed == nil && want(name, n) {
			failed = x.add(ctx, name, n)
		}
	})
	return cmp.Or(err, failed)
}

// findPaths finds the paths of a query for a path, a glob or a library.
func (x *explainer) findPaths(ctx context.Context, q Query, all bool) error {
	if q.path != "" {
		q.path = x.canonical(q.path)
	}
	var failed error
	x.eachKnown(func(name string, n *layers.Node) {
		if failed == nil && (n != nil && q.matches(name, n) || n == nil && q.path == name) {
			failed = x.add(ctx, name, n)
		}
	})
	if failed != nil {
		return failed
	}
	if len(x.out.Paths) > 0 && !all {
		// A file or library has one verdict: no other layer matters.
		single := q.so != "" || q.path != "" && len(x.out.Paths) == 1 && !x.out.Paths[0].Dir
		x.out.Partial = x.Stack.Boundary > 0 && !single
		return nil
	}
	if q.path != "" {
		// Newest first, so that one file does not cost the whole image.
		n, err := x.Stack.Lookup(ctx, q.path)
		if err == nil && n.Kind != layers.Dir {
			return x.add(ctx, n.Path(), n)
		} else if err != nil && !layers.NotExist(err) {
			return err
		}
	}
	return x.cold(ctx, q.matches)
}

// canonical resolves symlinks to directories in a path (merged /usr), as far as the
// user's layers and the base have them.
func (x *explainer) canonical(name string) string {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		for _, t := range []*layers.Tree{x.Upper(), x.Base.Tree} {
			if n, err := t.Resolve(dir); err == nil && n.Kind == layers.Dir {
				return path.Join(n.Path(), strings.TrimPrefix(name, dir))
			}
		}
	}
	return name
}
