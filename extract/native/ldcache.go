package native

import (
	"crypto/sha256"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/view"
	"github.com/slimify/slimify/internal/ldcache"
	"github.com/slimify/slimify/layers"
)

const loaderCache = "etc/ld.so.cache"

// UpdateCache adds the libraries that SLIM gains to the base's cache. Only through the
// cache does the loader find what lies in /usr/local/lib, and ctypes.util.find_library
// anything. FAT's cache cannot be used, since it names libraries that are left behind.
func UpdateCache(s *selection.State) {
	old, err := s.Base.Tree.Lookup(loaderCache)
	if err != nil || old.Evidence == nil {
		return
	}
	dirs := append(loaderOf(s).Conf, "lib", "usr/lib")
	kept := make(map[string]*selection.Item)
	for _, it := range s.Selection.Items {
		if it.Verdict == selection.Kept && it.To == "" {
			kept[it.Path] = it
		}
	}
	machine := machineOf(s.Base.Config.Architecture).Multiarch()
	var added []ldcache.Entry
	for _, it := range s.Selection.Items {
		if kept[it.Path] != it || !slices.Contains(dirs, path.Dir(it.Path)) {
			continue
		}
		if e, ok := cacheEntry(it, kept, machine); ok {
			added = append(added, e)
		}
	}
	if len(added) == 0 {
		return
	}
	entries, err := ldcache.Parse(old.Evidence)
	if err != nil {
		s.Selection.Warn("loader-cache", "%d libraries are not in the loader's cache, since the base's cache is %v; run ldconfig in the result if one is not found", len(added), err)
		return
	}
	kind, ok := abiFlags(entries)
	if !ok {
		return
	}
	for _, e := range added {
		e.Flags = kind
		if !slices.ContainsFunc(entries, func(o ldcache.Entry) bool { return o.Name == e.Name && o.Path == e.Path }) {
			entries = append(entries, e)
		}
	}
	content := ldcache.Format(entries)
	e := *old.Entry
	e.Name, e.Evidence, e.Size, e.Digest = loaderCache, nil, int64(len(content)), sha256.Sum256(content)
	s.Selection.Generate(selection.Generated{
		Entry: e, Content: content, Part: selection.System, Reason: selection.Reason{Rule: selection.LoaderCache, Text: "the base's cache and the added libraries", From: loaderCache},
	})
}

// cacheEntry returns a library's entry as ldconfig writes it: under the file's name if
// that is its soname or a link, under its soname if no other file has that name.
func cacheEntry(it *selection.Item, kept map[string]*selection.Item, multiarch string) (ldcache.Entry, bool) {
	name := path.Base(it.Path)
	file := it
	for links := 0; file != nil && file.Kind == layers.Symlink && links < view.MaxLinks; links++ {
		file = kept[strings.TrimPrefix(path.Clean(view.LinkTarget(file.Node)), "/")]
	}
	if file == nil || !strings.HasPrefix(name, "lib") || !strings.Contains(name, ".so") {
		return ldcache.Entry{}, false
	}
	info := evidence.ELF(file.Node)
	if info == nil || multiarch == "" || info.Multiarch() != multiarch {
		return ldcache.Entry{}, false
	}
	if it.Kind == layers.File && info.Soname != "" && info.Soname != name {
		if kept[path.Join(path.Dir(it.Path), info.Soname)] != nil {
			return ldcache.Entry{}, false
		}
		name = info.Soname
	}
	return ldcache.Entry{Name: name, Path: "/" + it.Path}, true
}

// abiFlags returns the ABI flags of the cache's C library.
func abiFlags(entries []ldcache.Entry) (int32, bool) {
	i := slices.IndexFunc(entries, func(e ldcache.Entry) bool { return e.Name == "libc.so.6" })
	if i < 0 {
		return 0, false
	}
	return entries[i].Flags, true
}
