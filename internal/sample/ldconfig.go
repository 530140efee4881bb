package sample

import (
	"path"
	"strings"

	"github.com/slimify/slimify/extract/elffile"
	"github.com/slimify/slimify/internal/ldcache"
	"github.com/slimify/slimify/layers/layertest"
)

// loaderCache is the cache that ldconfig writes after CPython was installed,
// for the libraries of some steps.
func (b *builder) loaderCache(v variant, steps []Step) layertest.Entry {
	var entries []ldcache.Entry
	seen := make(map[string]bool)
	for _, s := range steps {
		for _, e := range s.Entries {
			dir := path.Dir(e.Name)
			if dir != "usr/local/lib" && dir != "usr/lib/"+b.machine.tuple || !strings.HasPrefix(e.Content, elffile.Magic) {
				continue
			}
			info, err := elffile.Read(strings.NewReader(e.Content))
			if err != nil || info.Soname == "" || seen[info.Soname] {
				continue
			}
			seen[info.Soname] = true
			entries = append(entries, ldcache.Entry{Flags: b.machine.cacheFlags, Name: info.Soname, Path: "/" + path.Join(dir, info.Soname)})
		}
	}
	e := layertest.File("etc/ld.so.cache", string(ldcache.Format(entries)))
	e.ModTime = pythonBuilt(v)
	return e
}
