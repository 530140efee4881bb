package extract

import (
	"bytes"
	"context"
	"crypto/sha256"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/layers"
)

// attribute keeps single files of Debian packages attributable: a stanza in
// status.d, which scanners read, the package's checksums beside it, and its
// copyright. Packages that the base's own database knows need none.
func (s *scene) attribute(ctx context.Context) error {
	known := DebianPackages(s.base.Tree)
	owners := map[*layers.Tree]map[*layers.Node]string{s.tree(): s.owners}
	files := map[string]*Item{} // a file of each package
	for _, it := range s.sel.Items {
		if it.Verdict != Kept || it.Reason.Rule != "needed" && it.Reason.Rule != "command" {
			continue
		}
		t, err := s.treeOf(ctx, it)
		if err != nil {
			return err
		}
		if owners[t] == nil {
			owners[t] = debianOwners(t)
		}
		name := owners[t][it.Node]
		if _, ok := known[name]; name != "" && !ok && files[name] == nil {
			files[name] = it
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := s.attributePackage(ctx, name, files[name]); err != nil {
			return err
		}
	}
	return nil
}

// treeOf is the tree that an item's node stands in: the user's layers, or one
// cold layer alone.
func (s *scene) treeOf(ctx context.Context, it *Item) (*layers.Tree, error) {
	if it.Pos.Layer >= s.Stack.Boundary {
		return s.tree(), nil
	}
	return s.Stack.Cold(ctx, it.Pos.Layer)
}

func (s *scene) attributePackage(ctx context.Context, name string, file *Item) error {
	t, err := s.treeOf(ctx, file)
	if err != nil {
		return err
	}
	reason := Reason{"attribution", "Debian package " + name + ", of which files are kept", file.Path}
	keep := func(n *layers.Node, to string) {
		it := s.sel.Item(n)
		if it == nil {
			it = s.sel.add(n)
		}
		it.Verdict, it.Part, it.Reason, it.To = Kept, System, reason, to
	}
	if n, err := t.Resolve("usr/share/doc/" + name + "/copyright"); err == nil && n.Kind == layers.File {
		keep(n, "usr/share/doc/"+name+"/copyright")
	}
	status, err := t.ReadFile(dpkgStatus)
	if err != nil {
		return nil // no database of its own to quote
	}
	stanza := stanzaOf(status, name)
	if stanza == nil {
		return nil
	}
	e := layers.Entry{
		Name: path.Join(dpkgStatusDir, name), Mode: 0o644, ModTime: file.ModTime, Size: int64(len(stanza)), Digest: sha256.Sum256(stanza),
	}
	s.sel.Generated = append(s.sel.Generated, Generated{Entry: e, Content: stanza, Part: System, Reason: reason})
	info, err := t.Lookup(dpkgInfo)
	if err != nil {
		return nil
	}
	for _, n := range info.Children() {
		stem, ok := strings.CutSuffix(lastElem(n), ".md5sums")
		if base, _, _ := strings.Cut(stem, ":"); ok && base == name && n.Kind == layers.File {
			keep(n, path.Join(dpkgStatusDir, name+".md5sums"))
			break
		}
	}
	return nil
}

// stanzaOf returns a package's stanza of a status file without the fields that
// tell of its installation, as status.d holds it; nil if there is none.
func stanzaOf(status []byte, name string) []byte {
	want := []byte("Package: " + name + "\n")
	for stanza := range bytes.SplitSeq(status, []byte("\n\n")) {
		stanza = append(bytes.TrimLeft(stanza, "\n"), '\n')
		if !bytes.HasPrefix(stanza, want) {
			continue
		}
		var out []byte
		skip := false
		for line := range bytes.Lines(stanza) {
			if line[0] != ' ' && line[0] != '\t' {
				skip = bytes.HasPrefix(line, []byte("Status:")) || bytes.HasPrefix(line, []byte("Conffiles:"))
			}
			if !skip && len(bytes.TrimSpace(line)) > 0 {
				out = append(out, line...)
			}
		}
		return out
	}
	return nil
}
