package explain

import (
	"context"
	"errors"
	"slices"

	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// findPackages finds packages of a name, with their files. It reads cold layers last.
func (x *explainer) findPackages(ctx context.Context, q Query, all bool) error {
	for _, at := range []struct {
		in   Location
		tree *layers.Tree
	}{{InImage, x.Upper()}, {InBase, x.Base.Tree}} {
		if err := x.findPackagesIn(ctx, q, at.in, at.tree); err != nil {
			return err
		}
	}
	if len(x.out.Packages) > 0 && !all {
		return nil
	}
	for layer := x.Stack.Boundary - 1; layer >= 0; layer-- {
		tree, err := x.Stack.Cold(ctx, layer)
		if err != nil {
			return err
		}
		before := len(x.out.Packages)
		if err := x.findPackagesIn(ctx, q, InOriginalBase, tree); err != nil {
			return err
		}
		// A package that an upper layer upgraded has an older list in a lower one.
		if len(x.out.Packages) > before && !all {
			break
		}
	}
	return nil
}

// setPackage sets the package of the path that was added last, if it has none: lists
// also name symlinks to directories, which no package owns alone.
func (x *explainer) setPackage(name, deb string) {
	if f := &x.out.Paths[len(x.out.Paths)-1]; f.Path == name && f.Package == "" {
		if f.Package = deb; f.Keep != "" {
			f.Keep = keepText(*f)
		}
	}
}

// findPackagesIn adds the packages of a name in one tree.
func (x *explainer) findPackagesIn(ctx context.Context, q Query, in Location, t *layers.Tree) error {
	var errs []error
	visible := func(n *layers.Node) bool { // a layer above may hide or replace a cold layer's path
		if in != InOriginalBase {
			return true
		}
		top, err := x.Stack.Lookup(ctx, n.Path())
		if !layers.NotExist(err) {
			errs = append(errs, err)
		}
		return top == n
	}
	if q.dist != "" {
		for _, e := range x.ecosystems {
			e.Distributions(t, func(d selection.Distribution, files []*layers.Node) {
				if e.Normalize(d.Name) != e.Normalize(q.dist) || !slices.ContainsFunc(files, visible) {
					return
				}
				x.out.Packages = append(x.out.Packages, Package{e.Title + " package", d.Name, d.Version, d.Metadata, in})
				for _, n := range files {
					if n.Kind != layers.Dir && visible(n) {
						errs = append(errs, x.add(ctx, n.Path(), n))
					}
				}
			})
		}
	}
	if list := x.owned(t).Lists[q.deb]; q.deb != "" && list != nil && visible(list) {
		x.out.Packages = append(x.out.Packages, Package{"Debian package", q.deb, debian.Versions(t)[q.deb], list.Path(), in})
		diverted := debian.DiversionsIn(t)
		for _, name := range debian.ListedPaths(list) {
			if n, err := t.Lookup(diverted.Place(q.deb, name)); err == nil && n.Kind != layers.Dir && !n.Implied && visible(n) {
				errs = append(errs, x.add(ctx, n.Path(), n))
				x.setPackage(n.Path(), q.deb)
			}
		}
	}
	return errors.Join(errs...)
}
