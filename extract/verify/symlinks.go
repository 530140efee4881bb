package verify

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/view"
	"github.com/slimify/slimify/layers"
)

// checkSymlinks follows every symlink. Many images have dangling ones; one that had a
// target in the original image has lost it.
func checkSymlinks(_ context.Context, in *check.Input, report func(check.Problem)) (items int, err error) {
	owned := sync.OnceValue(func() func(*layers.Node) bool { return debian.Owned(in.Tree()) })
	for _, n := range in.Nodes {
		if n.Kind != layers.Symlink {
			continue
		}
		items++
		name := n.Path()
		if _, err := in.Tree().Resolve(name); err == nil {
			continue
		}
		target := view.LinkTarget(n)
		if mounted(in.Config, target) || owned()(n) {
			continue // slim images leave out the manuals that packages link to
		}
		report(check.Problem{
			Path: name, Message: fmt.Sprintf("links to %s, which does not exist", n.Link), FromBase: in.FromBase(n),
			In: func(ctx context.Context, other *check.Image) (bool, error) { return lacksTarget(ctx, other, target) },
		})
	}
	return items, nil
}

// mounted reports whether a path lies in a directory that is filled when a container
// runs.
func mounted(config *v1.Config, name string) bool {
	at := path.Clean(name)
	for _, dir := range []string{"/proc", "/sys", "/dev", "/run", "/var/run"} {
		if at == dir || strings.HasPrefix(at, dir+"/") {
			return true
		}
	}
	for volume := range config.Volumes {
		if volume = path.Clean(volume); at == volume || strings.HasPrefix(at, volume+"/") {
			return true
		}
	}
	return false
}

// baseDirs are the directories in which original base images have files.
var baseDirs = []string{"bin", "etc", "lib", "lib64", "sbin", "usr", "var"}

// lacksTarget reports whether an image has no target for a link. A directory of the
// original base is not the user's: it does not count.
func lacksTarget(ctx context.Context, img *check.Image, target string) (bool, error) {
	if img.FindMerged([]string{target}, check.Any) != nil {
		return false, nil
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(path.Clean(target), "/"), "/")
	if !slices.Contains(baseDirs, first) {
		return true, nil
	}
	n, err := img.Find(ctx, []string{target}, check.Any)
	return n == nil || n.Kind == layers.Dir, err
}
