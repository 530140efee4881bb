package debian

import (
	"context"
	"crypto/sha256"
	"path"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// attribute records the packages of kept files that SLIM's dpkg does not know: a stanza
// in status.d, which scanners read, the package's checksums, and its copyright file.
func (m *Mover) attribute(ctx context.Context) error {
	files := make(map[string]*selection.Item) // a file of each package
	for _, it := range m.Selection.Items {
		if it.Verdict != selection.Kept || it.Part != selection.System {
			continue
		}
		name, err := m.ownerOf(ctx, it)
		if err != nil {
			return err
		}
		known := m.base.Package(name) != nil || m.byName[name] != nil && m.byName[name].Known
		if name != "" && !known && files[name] == nil {
			files[name] = it
		}
	}
	for _, name := range text.SortedKeys(files) {
		if err := m.attributePackage(ctx, name, files[name]); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mover) attributePackage(ctx context.Context, name string, file *selection.Item) error {
	t, err := m.TreeAt(ctx, file.Pos.Layer)
	if err != nil {
		return err
	}
	fat, err := m.database(ctx)
	if err != nil {
		return err
	}
	p := fat.Package(name)
	if p == nil {
		return nil // FAT's dpkg does not know it either
	}
	reason := selection.Reason{Rule: selection.Attribution, Text: "some files of Debian package " + name + " are kept", From: file.Path}
	doc := "usr/share/doc/" + name
	if n, err := t.Resolve(doc + "/copyright"); err == nil && n.Kind == layers.File {
		to := doc + "/copyright"
		if dir, err := t.Lookup(doc); err == nil && dir.Kind == layers.Symlink {
			if it := m.Selection.Item(dir); it != nil && it.Verdict == selection.Kept {
				to = "" // the link is kept and leads to the copyright's own path
			}
		}
		m.Selection.Place(n, to, reason)
	}
	stanza := p.Without("Status", "Conffiles")
	e := layers.Entry{
		Name: path.Join(dpkg.StatusDir, name), Mode: 0o644, ModTime: file.ModTime, Size: int64(len(stanza)), Digest: sha256.Sum256(stanza),
	}
	m.Selection.Generate(selection.Generated{Entry: e, Content: stanza, Part: selection.System, Reason: reason})
	if n, err := t.Lookup(path.Join(dpkg.InfoDir, p.InfoName()+".md5sums")); err == nil && n.Kind == layers.File {
		m.Selection.Place(n, path.Join(dpkg.StatusDir, name+".md5sums"), reason)
	}
	return nil
}
