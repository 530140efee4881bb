package debian

import (
	"context"
	"path"
	"slices"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// keepGenerated keeps what the scripts and triggers of packages that came along
// made beside their files: the list of a library's plugins, indexes of fonts and
// MIME types. No list names it, but it lies in a directory that such a package
// has for itself.
func (c *Mover) keepGenerated(ctx context.Context) error {
	if len(c.packages) == 0 {
		return nil
	}
	oldest := c.Stack.Boundary
	for _, cp := range c.packages {
		oldest = min(oldest, cp.list.Pos.Layer)
	}
	for layer := oldest; layer < c.Stack.Boundary; layer++ {
		if _, err := c.ownersAt(ctx, layer); err != nil { // which all must tell whose a directory is
			return err
		}
	}
	own := c.ownDirectories()
	for layer := c.Stack.Boundary; layer >= oldest; layer-- {
		t, err := c.TreeAt(ctx, layer)
		if err != nil {
			return err
		}
		for _, dir := range own {
			n, err := t.Lookup(dir)
			if err != nil {
				continue
			}
			for _, child := range n.Children() {
				if err := c.keepUnlisted(ctx, child, c.trees[t], dir); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// ownDirectories lists the directories that packages which came along list, and
// no package of the base, nor one that stays behind.
func (c *Mover) ownDirectories() []string {
	owners := make(map[string][]string)
	for _, o := range c.trees {
		for dir, names := range o.dirs {
			owners[dir] = append(owners[dir], names...)
		}
	}
	staysBehind := func(name string) bool { return c.byName[name] == nil }
	var out []string
	for _, dir := range text.SortedKeys(owners) {
		if len(c.OfBase.dirs[dir]) == 0 && !slices.ContainsFunc(owners[dir], staysBehind) {
			out = append(out, dir)
		}
	}
	return out
}

// keepUnlisted keeps what no list names at and below a node, as the whole image
// shows it.
func (c *Mover) keepUnlisted(ctx context.Context, n *layers.Node, o *Ownership, dir string) error {
	if o.Files[n] != "" || len(o.dirs[n.Path()]) > 0 || c.filter.Excludes("/"+n.Path()) {
		return nil
	}
	for _, child := range n.Children() {
		if err := c.keepUnlisted(ctx, child, o, dir); err != nil {
			return err
		}
	}
	if n.Kind == layers.Dir || n.Implied {
		return nil
	}
	shown, err := c.Stack.LookupFrom(ctx, n.Path(), n.Pos.Layer)
	if layers.NotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if shown == n {
		c.Keep(n, selection.Reason{Rule: selection.Debian, Text: "made by the scripts of a Debian package in its directory", From: dir})
	}
	return nil
}

// dropGenerated leaves behind, of an image whose layers were squashed, what the
// scripts of packages made that stay behind themselves: what no list names, in a
// directory that such packages have for themselves. Where the original base image can be
// told from the user's layers, what lies in these is the user's.
func (c *Mover) dropGenerated() {
	if c.Stack.Boundary > 0 {
		return
	}
	for _, it := range c.Selection.Items {
		if it.Verdict != selection.Kept || it.Reason.Rule != selection.Unowned {
			continue
		}
		for dir := it.Path; dir != "."; dir = path.Dir(dir) {
			owners := c.debian.dirs[dir]
			if len(owners) == 0 {
				continue
			}
			carried := func(name string) bool { return c.byName[name] != nil }
			if len(c.OfBase.dirs[dir]) == 0 && !slices.ContainsFunc(owners, carried) {
				c.Selection.Abandon(it, selection.Reason{Rule: selection.Debian, Text: "made by the scripts of Debian package " + owners[0] + ", which nothing kept needs", From: dir})
			}
			break
		}
	}
}
