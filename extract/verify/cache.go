package verify

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/native"
	"github.com/slimify/slimify/internal/ldcache"
	"github.com/slimify/slimify/layers"
)

const loaderCache = "etc/ld.so.cache"

// checkCache looks whether the loader's cache names what is there: the loader
// finds what lies in /usr/local/lib, and ctypes.util.find_library anything at
// all, through it alone.
func checkCache(ctx context.Context, s *scene, report func(candidate)) (looked int, err error) {
	entries, err := s.image.cache(ctx)
	if errors.Is(err, ldcache.ErrFormat) {
		report(candidate{path: loaderCache, message: "cannot be read: " + err.Error(), never: true})
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		if _, err := s.Tree.Resolve(e.Path); err == nil {
			continue
		}
		report(candidate{
			path: loaderCache, message: fmt.Sprintf("names %s, which is not there", e.Path), inherited: true,
			holds: func(ctx context.Context, other *Image) (bool, error) { return other.lacksCached(ctx, e) },
		})
	}
	s.reportUncached(entries, report)
	return len(entries), nil
}

// reportUncached reports the libraries in the directories that ldconfig scans
// which the cache does not know.
func (s *scene) reportUncached(entries []ldcache.Entry, report func(candidate)) {
	known := make(map[string]bool, len(entries))
	for _, e := range entries {
		known[e.Name] = true
	}
	conf := native.NewLoader(nil, s.Tree).Conf
	for _, n := range s.nodes {
		name := n.Path()
		base, dir := path.Base(name), path.Dir(name)
		if !strings.HasPrefix(base, "lib") || !strings.Contains(base, ".so") || n.Kind != layers.File {
			continue
		}
		info := s.elf(n)
		if info == nil {
			continue
		}
		trusted := native.TrustedDirs(info)
		inTrusted := slices.Contains(trusted, dir)
		if !inTrusted && !slices.Contains(conf, dir) {
			continue
		}
		soname := info.Soname
		if soname == "" {
			soname = base
		}
		if known[soname] {
			continue
		}
		report(candidate{
			path: name, message: fmt.Sprintf("is %s, which the loader's cache does not name", soname),
			certain: !inTrusted && s.foundByCache(n), inherited: s.inherited(n),
			holds: func(ctx context.Context, other *Image) (bool, error) {
				entries, err := other.cache(ctx)
				if errors.Is(err, ldcache.ErrFormat) {
					return true, nil
				}
				return !slices.ContainsFunc(entries, func(e ldcache.Entry) bool { return e.Name == soname }), err
			},
		})
	}
}

// foundByCache reports whether something needs a library that the loader finds
// through its cache alone.
func (s *scene) foundByCache(library *layers.Node) bool {
	loader := native.NewLoader(s.Config.Env)
	return slices.ContainsFunc(s.link().needs, func(n need) bool {
		return n.found == library && s.library(loader, n.by.Path(), n.info, n.name) == nil
	})
}

// cache reads the loader's cache; none is an empty one.
func (img *Image) cache(ctx context.Context) ([]ldcache.Entry, error) {
	data, err := img.Stack.ReadFile(ctx, loaderCache)
	if absent(err) {
		return nil, nil
	}
	if errors.Is(err, layers.ErrNotCaptured) {
		return nil, ldcache.ErrFormat
	}
	if err != nil {
		return nil, err
	}
	return ldcache.Parse(data)
}

// lacksCached reports whether the cache of that image leads nowhere either for
// the name of an entry.
func (img *Image) lacksCached(ctx context.Context, e ldcache.Entry) (bool, error) {
	entries, err := img.cache(ctx)
	if errors.Is(err, ldcache.ErrFormat) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	var places []string // merged /usr: one library may have two paths
	for _, o := range entries {
		if o.Name == e.Name {
			places = append(places, o.Path)
		}
	}
	n, err := img.find(ctx, places, anything)
	return n == nil, err
}
