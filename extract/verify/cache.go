package verify

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/native"
	"github.com/slimify/slimify/internal/ldcache"
	"github.com/slimify/slimify/layers"
)

const loaderCache = "etc/ld.so.cache"

// checkCache compares the loader's cache with the libraries that exist. The loader
// finds libraries in /usr/local/lib through the cache alone, and runtimes look up
// libraries in it by name.
func (c *elfChecks) checkCache(ctx context.Context, in *check.Input, report func(check.Problem)) (items int, err error) {
	entries, err := readCache(ctx, in.Image)
	if errors.Is(err, ldcache.ErrFormat) {
		report(check.Problem{Path: loaderCache, Message: "cannot be read: " + err.Error(), NoteOnly: true})
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		if _, err := in.Tree().Resolve(e.Path); err == nil {
			continue
		}
		report(check.Problem{
			Path: loaderCache, Message: fmt.Sprintf("lists %s, which does not exist", e.Path), FromBase: true,
			In: func(ctx context.Context, other *check.Image) (bool, error) { return lacksCached(ctx, other, e) },
		})
	}
	c.reportUncached(in, entries, report)
	return len(entries), nil
}

// reportUncached reports libraries that lie in the directories that ldconfig scans and
// are not in the cache.
func (c *elfChecks) reportUncached(in *check.Input, entries []ldcache.Entry, report func(check.Problem)) {
	cached := make(map[string]bool, len(entries))
	for _, e := range entries {
		cached[e.Name] = true
	}
	conf := native.NewLoader(nil, in.Tree()).Conf
	for _, n := range in.Nodes {
		name := n.Path()
		base, dir := path.Base(name), path.Dir(name)
		if !strings.HasPrefix(base, "lib") || !strings.Contains(base, ".so") || n.Kind != layers.File {
			continue
		}
		info := c.elf(n)
		if info == nil {
			continue
		}
		inTrusted := slices.Contains(native.TrustedDirs(info), dir)
		if !inTrusted && !slices.Contains(conf, dir) {
			continue
		}
		soname := info.Soname
		if soname == "" {
			soname = base
		}
		if cached[soname] {
			continue
		}
		report(check.Problem{
			Path: name, Message: fmt.Sprintf("library %s is not in the loader cache", soname),
			Fatal: !inTrusted && c.foundByCache(in, n), FromBase: in.FromBase(n),
			In: func(ctx context.Context, other *check.Image) (bool, error) {
				entries, err := readCache(ctx, other)
				if errors.Is(err, ldcache.ErrFormat) {
					return true, nil
				}
				return !slices.ContainsFunc(entries, func(e ldcache.Entry) bool { return e.Name == soname }), err
			},
		})
	}
}

// foundByCache reports whether a file needs a library that the loader finds through
// its cache alone.
func (c *elfChecks) foundByCache(in *check.Input, library *layers.Node) bool {
	loader := native.NewLoader(in.Config.Env)
	return slices.ContainsFunc(c.link(in).needs, func(n need) bool {
		return n.found == library && c.library(in, loader, n.by.Path(), n.info, n.name) == nil
	})
}

// readCache reads the loader's cache of an image. A missing file is an empty cache.
func readCache(ctx context.Context, img *check.Image) ([]ldcache.Entry, error) {
	data, err := img.Stack.ReadFile(ctx, loaderCache)
	if check.NotFound(err) {
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

// lacksCached reports whether the cache of an image does not lead to a library with the
// name of an entry.
func lacksCached(ctx context.Context, img *check.Image, e ldcache.Entry) (bool, error) {
	entries, err := readCache(ctx, img)
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
	n, err := img.Find(ctx, places, check.Any)
	return n == nil, err
}
