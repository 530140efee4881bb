package assemble

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/internal/lockfile"
	"github.com/slimify/slimify/internal/pipcache"
	"github.com/slimify/slimify/internal/requirements"
	"github.com/slimify/slimify/layers"
)

// freeze writes the distributions of a result as a requirements file. tree is what
// the result shows. Files of the image that it was made of may tell the hashes of
// archives though they stay behind.
func (r *run) freeze(ctx context.Context, a *analysis, tree *layers.Tree, rep *report.Report) error {
	var kept []extract.Distribution
	for _, d := range a.sel.Distributions { // what the base brought is the base's matter
		if _, err := tree.Lookup(d.Metadata); err == nil {
			kept = append(kept, d)
		}
	}
	return r.writeFrozen(ctx, a.fat, a.in.Stack.Upper, kept, rep)
}

// freezeUnchanged does the same for an image that stays as it is. All of it is read.
func (r *run) freezeUnchanged(ctx context.Context, a *analysis, rep *report.Report) error {
	stack, err := r.stack(ctx, a.fat, 0, nil, true)
	if err != nil {
		return err
	}
	installed := slices.DeleteFunc(extract.Installed(stack.Upper), func(d extract.Distribution) bool {
		return strings.HasPrefix(d.Metadata, debianSite)
	})
	return r.writeFrozen(ctx, a.fat, stack.Upper, installed, rep)
}

// debianSite has the distributions that are Debian packages.
const debianSite = "usr/lib/python3/dist-packages/"

// writeFrozen writes distributions of an image, of which the tree tells.
func (r *run) writeFrozen(ctx context.Context, img *image, tree *layers.Tree, installed []extract.Distribution, rep *report.Report) error {
	defer rep.Timed("freeze")()
	known := &archives{hashes: make(map[release]map[string]bool), from: make(map[release]map[string]bool)}
	if err := r.findArchives(ctx, img, tree, known); err != nil {
		return err
	}
	var list []requirements.Installed
	for _, d := range installed {
		of, site := releaseOf(d.Name, d.Version), path.Dir(d.Metadata)
		entry := requirements.Installed{
			Name: d.Name, Key: d.Normalized(), Version: d.Version, Site: site,
			Local:  strings.HasSuffix(d.Metadata, ".egg-info") && !extract.IsSite(site),
			Hashes: slices.Sorted(maps.Keys(known.hashes[of])), From: slices.Sorted(maps.Keys(known.from[of])),
		}
		if doc, err := tree.Lookup(path.Join(d.Metadata, "direct_url.json")); err == nil {
			entry.DirectURL = doc.Evidence
		}
		list = append(list, entry)
	}
	file := requirements.Write(img.ref.Pinned(img.digest), list)
	if file.Hashed < file.Pinned {
		rep.Warn(warnFreeze, "%d of %d frozen distributions have no hash in the image: their versions are pinned, their archives are not", file.Pinned-file.Hashed, file.Pinned)
	}
	if file.Missing > 0 {
		rep.Warn("freeze-left-out", "%d of %d distributions cannot be pinned and are left out of the frozen file, whose last lines tell why", file.Missing, file.Missing+file.Pinned)
	}
	if rep.Frozen == nil {
		rep.Frozen = make(map[string][]byte)
	}
	rep.Frozen[img.platformName()] = file.Content
	return nil
}

// release is a version of a distribution, in forms that can be compared.
type release struct{ name, version string }

func releaseOf(name, version string) release {
	version = strings.ToLower(version)
	if strings.Trim(version, "0123456789.") == "" {
		for strings.HasSuffix(version, ".0") { // 3.0 is 3.0.0 (PEP 440)
			version = strings.TrimSuffix(version, ".0")
		}
	}
	return release{extract.Distribution{Name: name}.Normalized(), version}
}

// archives are the SHA-256 of archives by release, and the paths that told them.
type archives struct{ hashes, from map[release]map[string]bool }

func (k *archives) add(name, version, at string, hashes ...string) {
	of := releaseOf(name, version)
	if k.hashes[of] == nil {
		k.hashes[of], k.from[of] = make(map[string]bool), make(map[string]bool)
	}
	for _, h := range hashes {
		k.hashes[of][h] = true
	}
	k.from[of][absolute(at)] = true
}

// findArchives looks for what tells the hashes of archives. Of files whose content
// matters the layers are read once more: only who freezes pays for that.
func (r *run) findArchives(ctx context.Context, img *image, tree *layers.Tree, known *archives) error {
	wanted := make(map[layers.Pos]func(io.Reader) error)
	tree.Walk(func(n *layers.Node) bool {
		name := n.Path()
		if n.Kind == layers.Dir {
			return !extract.IsSite(name) // a distribution's own files tell of no other
		}
		if n.Kind != layers.File || n.FirstName != "" {
			return true
		}
		switch kind := pipcache.KindOf(name); {
		case lockfile.Is(name) && n.Size <= lockfile.MaxSize:
			wanted[n.Pos] = func(content io.Reader) error {
				data, err := io.ReadAll(content)
				for _, pin := range lockfile.Parse(name, data) {
					known.add(pin.Name, pin.Version, name, pin.Hashes...)
				}
				return err
			}
		case kind == pipcache.Wheel:
			if a, ok := pipcache.OfWheel(name); ok {
				known.add(a.Name, a.Version, name, hex.EncodeToString(n.Digest[:]))
			}
		case kind == pipcache.Origin && n.Size <= lockfile.MaxSize:
			wanted[n.Pos] = func(content io.Reader) error {
				data, err := io.ReadAll(content)
				for _, beside := range n.Parent().Children() {
					if a, ok := pipcache.OfOrigin(data, beside.Path()); ok {
						known.add(a.Name, a.Version, name, a.SHA256)
					}
				}
				return err
			}
		case kind == pipcache.Response && n.Size <= pipcache.MaxSize:
			wanted[n.Pos] = func(content io.Reader) error { return r.response(content, name, n.Size, known) }
		}
		return true
	})
	return r.again(ctx, img, wanted)
}

// response looks for an archive in a file of pip's cache.
func (r *run) response(content io.Reader, name string, size int64, known *archives) (err error) {
	scratch, err := r.spool.scratch()
	if err != nil {
		return err
	}
	defer func() { err = closeAll(err, scratch) }()
	if _, err := io.Copy(scratch, content); err != nil {
		return err
	}
	if a, ok := pipcache.OfResponse(scratch, size); ok {
		known.add(a.Name, a.Version, name, a.SHA256)
	}
	return nil
}

// again reads the content of files for a second time: each layer that holds some,
// from front to back.
func (r *run) again(ctx context.Context, img *image, wanted map[layers.Pos]func(io.Reader) error) error {
	for i, b := range img.layers {
		left := 0
		for pos := range wanted {
			if pos.Layer == i {
				left++
			}
		}
		if left == 0 {
			continue
		}
		if err := r.readAgain(ctx, b, i, left, wanted); err != nil {
			return fmt.Errorf("reading layer %s of %s again: %w", b.desc.Digest, img.ref, err)
		}
	}
	return nil
}

// readAgain gives each function that content of one layer is wanted for its own.
func (r *run) readAgain(ctx context.Context, b *blob, layer, left int, wanted map[layers.Pos]func(io.Reader) error) error {
	rc, err := b.open(r.opts.Session.Progress)
	if err != nil {
		return err
	}
	return rc.each(ctx, func(i int, _ *layers.Entry, content io.Reader) error {
		f := wanted[layers.Pos{Layer: layer, Entry: i}]
		if f == nil {
			if left == 0 {
				return layers.ErrStop
			}
			return nil
		}
		left--
		sum := sha256.New()
		in := io.TeeReader(content, sum)
		if err := f(in); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, in); err != nil {
			return err
		}
		if [sha256.Size]byte(sum.Sum(nil)) != b.table.Entries[i].Digest {
			return changedContent()
		}
		return nil
	})
}
