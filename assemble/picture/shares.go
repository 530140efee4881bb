package picture

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/outline"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/explain"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// shares sums files by owner.
type shares map[shareKey]*report.Share

type shareKey struct {
	origin            report.Origin
	group, kind, name string
	version           string
	ecosystem         string
}

// maxLargestFiles is how many files a share names.
const maxLargestFiles = 8

// add counts a file.
func (s shares) add(key shareKey, why, name string, size int64) {
	sh := s[key]
	if sh == nil {
		sh = &report.Share{Origin: key.origin, Group: key.group, Why: why, Kind: key.kind, Name: key.name, Version: key.version, Ecosystem: key.ecosystem}
		s[key] = sh
	}
	sh.Files++
	sh.Bytes += size
	at, _ := slices.BinarySearchFunc(sh.Largest, size, func(f report.Sized, size int64) int { return cmp.Compare(size, f.Size) })
	if at >= maxLargestFiles || size == 0 {
		return
	}
	for at < len(sh.Largest) && sh.Largest[at].Size == size {
		at++ // of equal ones the first stays first
	}
	if at == 0 {
		sh.Why = why
	}
	sh.Largest = slices.Insert(sh.Largest, at, report.Sized{Name: "/" + name, Size: size})
	sh.Largest = sh.Largest[:min(len(sh.Largest), maxLargestFiles)]
}

// list returns the shares, the largest first, with the versions of Debian
// packages.
func (s shares) list(versions map[string]string) []report.Share {
	out := make([]report.Share, 0, len(s))
	for _, sh := range s {
		if sh.Kind == report.KindDebian {
			sh.Version = versions[sh.Name]
		}
		out = append(out, *sh)
	}
	slices.SortFunc(out, func(a, b report.Share) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Group, b.Group),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Ecosystem, b.Ecosystem))
	})
	return out
}

// shareOut counts each file of the source, and in the result, whose tree is given, what is
// kept. It returns the files of the original base image that are copied alone: neither with
// a Debian package nor as a record of one.
func shareOut(ctx context.Context, a *analyze.Analysis, tree *layers.Tree, before, after shares) (single []*selection.Item, err error) {
	carried := make(map[string]bool)
	for _, p := range a.Sel.Packages {
		carried[p.Name] = true
	}
	err = extract.EachVerdict(ctx, a.State(), func(f explain.PathVerdict) {
		key := keyOf(f)
		key.group = outline.TitleOf(f.Verdict, f.Part, f.Reason)
		before.add(key, f.Reason.Text, f.Path, ownBytes(f.Node))
		if f.Verdict != selection.Kept {
			return
		}
		if n, err := tree.Lookup(f.Path); err == nil { // a hard link may be a file there
			after.add(key, f.Reason.Text, f.Path, ownBytes(n))
		}
		ofPackage := f.Reason.Rule == selection.Debian || f.Reason.Rule == selection.Attribution || f.Owner.Kind == explain.OfDebian && carried[f.Owner.Name]
		if f.Cold && !ofPackage {
			single = append(single, a.Sel.Item(f.Node))
		}
	})
	for _, g := range a.Sel.Generated {
		if g.Entry.Kind == layers.File {
			key := shareKey{origin: report.FromElsewhere, group: report.KindGenerated, name: place(g.Entry.Name)}
			after.add(key, g.Reason.Text, g.Entry.Name, g.Entry.Size)
		}
	}
	return single, err
}

// shareBase counts the files of the base that a container of the result sees.
func shareBase(a *analyze.Analysis, tree *layers.Tree, after shares) {
	owner := extract.OwnersIn(a.Base.Tree)
	a.Base.Tree.Walk(func(n *layers.Node) bool {
		if n.Kind == layers.Dir {
			return true
		}
		if now, err := tree.Lookup(n.Path()); err != nil || now.Pos != n.Pos {
			return false
		}
		o := owner(n)
		key := shareKey{origin: report.FromBase, ecosystem: o.Ecosystem}
		key.kind, key.name, key.version = ownerName(o, n.Path(), true)
		after.add(key, "from the base", n.Path(), ownBytes(n))
		return false
	})
}

// ownBytes is a file's size; a second name has none.
func ownBytes(n *layers.Node) int64 {
	if n.FirstName != "" {
		return 0
	}
	return n.Size
}

// keyOf is the share that counts a path of the source.
func keyOf(f explain.PathVerdict) shareKey {
	key := shareKey{ecosystem: f.Owner.Ecosystem}
	official := f.Cold || f.Verdict == selection.InBase || f.Reason.Rule.Runtime
	key.kind, key.name, key.version = ownerName(f.Owner, f.Path, official)
	switch {
	case f.Verdict == selection.InBase:
		key.origin = report.FromBase
	case f.Verdict != selection.Kept:
		key.origin = report.LeftBehind
	case f.Owner.Kind == explain.OfDistribution:
		key.origin = report.FromDistributions
	case f.Owner.Kind == explain.OfDebian:
		key.origin = report.FromDebian
	case f.Part == selection.Application:
		key.origin = report.FromApplication
	case f.Part == selection.Dependencies:
		key.origin = report.FromDistributions
	default:
		key.origin = report.FromElsewhere
	}
	return key
}

// ownerName names the owner of a file: a package, or the place where it lies. A file of an
// official image in /usr/local that no distribution owns is CPython's.
func ownerName(o explain.Owner, name string, official bool) (kind, text, version string) {
	switch {
	case o.Kind == explain.OfDistribution:
		return report.KindDistribution, o.Name, o.Version
	case o.Kind == explain.OfDebian:
		return report.KindDebian, o.Name, ""
	case official && extract.RuntimeOf(name) != "":
		return "", extract.RuntimeOf(name), ""
	}
	return "", place(name), ""
}

// place is where a path lies, to two levels of the tree: "/app", "/var/lib".
func place(name string) string {
	dir := path.Dir(name)
	if first, rest, deep := strings.Cut(dir, "/"); deep {
		second, _, _ := strings.Cut(rest, "/")
		dir = first + "/" + second
	}
	return path.Join("/", dir)
}
