package verify

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/view"
	"github.com/slimify/slimify/layers"
)

// checkSymlinks follows every symlink. Many images have some that lead nowhere;
// one that led somewhere in the image that it was made of has lost its target.
func checkSymlinks(_ context.Context, s *scene, report func(candidate)) (looked int, err error) {
	for _, n := range s.nodes {
		if n.Kind != layers.Symlink {
			continue
		}
		looked++
		name := n.Path()
		if _, err := s.Tree.Resolve(name); err == nil {
			continue
		}
		target := view.LinkTarget(n)
		if s.mounted(target) || s.debian(n) {
			continue // slim images leave out the manuals that packages link to
		}
		report(candidate{
			path: name, message: fmt.Sprintf("links to %s, which is not there", n.Link), inherited: s.inherited(n),
			holds: func(ctx context.Context, other *Image) (bool, error) { return other.lacksTarget(ctx, target) },
		})
	}
	return looked, nil
}

// mounted reports whether a path lies where only a running container has files.
func (s *scene) mounted(name string) bool {
	at := path.Clean(name)
	for _, dir := range []string{"/proc", "/sys", "/dev", "/run", "/var/run"} {
		if at == dir || strings.HasPrefix(at, dir+"/") {
			return true
		}
	}
	for volume := range s.Config.Volumes {
		if volume = path.Clean(volume); at == volume || strings.HasPrefix(at, volume+"/") {
			return true
		}
	}
	return false
}

// baseDirs are the directories in which the images' own bases have files.
var baseDirs = []string{"bin", "etc", "lib", "lib64", "sbin", "usr", "var"}

// lacksTarget reports whether a link's target is not in that image either. A
// directory of the image's own base is not the user's: it counts as lacking.
func (img *Image) lacksTarget(ctx context.Context, target string) (bool, error) {
	if img.findUpper([]string{target}, anything) != nil {
		return false, nil
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(path.Clean(target), "/"), "/")
	if !slices.Contains(baseDirs, first) {
		return true, nil
	}
	n, err := img.find(ctx, []string{target}, anything)
	return n == nil || n.Kind == layers.Dir, err
}
