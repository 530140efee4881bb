package verify

import (
	"context"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// checkEnvironment looks for the files that environment variables name. What the original
// image lacks too is created or mounted when a container runs. Directories do not count:
// those of installers' caches and of headers are left behind on purpose.
func checkEnvironment(_ context.Context, in *check.Input, report func(check.Problem)) (items int, err error) {
	for _, p := range imageconfig.NamedPaths(in.Config.Env) {
		items++
		if _, err := in.Tree().Resolve(p.Path); err == nil || mounted(in.Config, p.Path) || !in.Compared {
			continue
		}
		report(check.Problem{
			Message: p.Path + " not found (set by ENV " + p.Variable + ")", NewOnly: true,
			In: func(ctx context.Context, other *check.Image) (bool, error) {
				return lacksFile(ctx, other, p)
			},
		})
	}
	return items, nil
}

// lacksFile reports whether an image lacks a file that a variable names. It reads cold
// layers only if a package may have brought the file.
func lacksFile(ctx context.Context, img *check.Image, p imageconfig.NamedPath) (bool, error) {
	isFile := func(n *layers.Node) bool { return n.Kind != layers.Dir }
	if img.FindMerged([]string{p.Path}, isFile) != nil {
		return false, nil
	}
	if !p.Packaged() {
		return true, nil
	}
	n, err := img.Find(ctx, []string{p.Path}, isFile)
	return n == nil, err
}
