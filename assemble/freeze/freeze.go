package freeze

import (
	"context"
	"encoding/hex"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/python"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/cleanup"
	"github.com/slimify/slimify/internal/python/lockfile"
	"github.com/slimify/slimify/internal/python/pipcache"
	"github.com/slimify/slimify/internal/python/requirements"
	"github.com/slimify/slimify/layers"
)

// Result writes the distributions of a result, whose tree is given, as a requirements file.
// Hashes of archives come from files of the source, kept or not.
func Result(ctx context.Context, r *image.Reader, a *analyze.Analysis, tree *layers.Tree, rep *report.Report) error {
	var kept []selection.Distribution
	for _, d := range a.Sel.Distributions { // others come with the base
		if _, err := tree.Lookup(d.Metadata); err == nil {
			kept = append(kept, d)
		}
	}
	return writeFrozen(ctx, r, a.Fat, a.In.Stack.Upper, kept, rep)
}

// Unchanged does the same for an image that stays as it is, whose layers are all
// read.
func Unchanged(ctx context.Context, r *image.Reader, a *analyze.Analysis, rep *report.Report) error {
	stack, err := r.Stack(ctx, a.Fat, 0, nil, true)
	if err != nil {
		return err
	}
	installed := slices.DeleteFunc(extract.InstalledPackages(stack.Upper), func(d selection.Distribution) bool {
		return strings.HasPrefix(d.Metadata, debianSite)
	})
	return writeFrozen(ctx, r, a.Fat, stack.Upper, installed, rep)
}

// debianSite has the distributions that are Debian packages.
const debianSite = "usr/lib/python3/dist-packages/"

// writeFrozen writes distributions of an image with a tree as a requirements file.
func writeFrozen(ctx context.Context, r *image.Reader, img *image.Image, tree *layers.Tree, installed []selection.Distribution, rep *report.Report) error {
	defer rep.Timed("freeze")()
	known := &archives{hashes: make(map[release]map[string]bool), from: make(map[release]map[string]bool)}
	if err := findArchives(ctx, r, img, tree, known); err != nil {
		return err
	}
	var list []requirements.Installed
	for _, d := range installed {
		of, site := releaseOf(d.Name, d.Version), path.Dir(d.Metadata)
		entry := requirements.Installed{
			Name: d.Name, Key: d.Key, Version: d.Version, Site: site,
			Local:  strings.HasSuffix(d.Metadata, ".egg-info") && !python.IsSite(site),
			Hashes: slices.Sorted(maps.Keys(known.hashes[of])), From: slices.Sorted(maps.Keys(known.from[of])),
		}
		if doc, err := tree.Lookup(path.Join(d.Metadata, "direct_url.json")); err == nil {
			entry.DirectURL = doc.Evidence
		}
		list = append(list, entry)
	}
	file := requirements.Write(img.Ref.Pinned(img.Digest), list)
	if file.Hashed < file.Pinned {
		rep.Warn(report.WarnFreeze, "%d of %d frozen Python packages have no hash in the image: their versions are pinned, their archives are not", file.Pinned-file.Hashed, file.Pinned)
	}
	if file.Missing > 0 {
		rep.Warn("freeze-left-out", "%d of %d Python packages cannot be pinned and are left out of the frozen file, whose last lines say why", file.Missing, file.Missing+file.Pinned)
	}
	if rep.Frozen == nil {
		rep.Frozen = make(map[string][]byte)
	}
	rep.Frozen[img.PlatformName()] = file.Content
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
	return release{python.Normalize(name), version}
}

// archives are the SHA-256 of archives by release, and the paths that have them.
type archives struct{ hashes, from map[release]map[string]bool }

func (a *archives) add(name, version, at string, hashes ...string) {
	of := releaseOf(name, version)
	if a.hashes[of] == nil {
		a.hashes[of], a.from[of] = make(map[string]bool), make(map[string]bool)
	}
	for _, h := range hashes {
		a.hashes[of][h] = true
	}
	a.from[of][image.Absolute(at)] = true
}

// findArchives looks for files that have the hashes of archives. The layers of those
// whose content matters are read again: only a run that freezes does.
func findArchives(ctx context.Context, r *image.Reader, img *image.Image, tree *layers.Tree, known *archives) error {
	wanted := make(map[layers.Pos]func(io.Reader) error)
	tree.Walk(func(n *layers.Node) bool {
		name := n.Path()
		if n.Kind == layers.Dir {
			return !python.IsSite(name) // a distribution's own files have no hash of another
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
			wanted[n.Pos] = func(content io.Reader) error { return readResponse(r, content, name, n.Size, known) }
		}
		return true
	})
	return r.Reread(ctx, img, wanted)
}

// readResponse looks for an archive in a file of pip's cache.
func readResponse(r *image.Reader, content io.Reader, name string, size int64, known *archives) (err error) {
	scratch, err := r.Spool.Scratch()
	if err != nil {
		return err
	}
	defer func() { err = cleanup.Close(err, scratch) }()
	if _, err := io.Copy(scratch, content); err != nil {
		return err
	}
	if a, ok := pipcache.OfResponse(scratch, size); ok {
		known.add(a.Name, a.Version, name, a.SHA256)
	}
	return nil
}
