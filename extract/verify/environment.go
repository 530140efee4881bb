package verify

import (
	"context"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// checkEnvironment looks for the paths that environment variables name. What the original
// image did not have either is made or mounted when a container runs.
func checkEnvironment(_ context.Context, in *check.Input, report func(check.Problem)) (items int, err error) {
	for _, p := range imageconfig.NamedPaths(in.Config.Env) {
		items++
		if _, err := in.Tree().Resolve(p.Path); err == nil || mounted(in.Config, p.Path) || !in.Compared {
			continue
		}
		report(check.Problem{
			Message: p.Path + " not found (set by ENV " + p.Variable + ")", NewOnly: true,
			In: func(ctx context.Context, other *check.Image) (bool, error) { return lacksNamed(ctx, other, p.Path) },
		})
	}
	return items, nil
}

// packagedDirs are the directories of the root whose files packages bring.
var packagedDirs = []string{"bin", "lib", "lib64", "sbin", "usr"}

// lacksNamed reports whether an image lacks a file that a variable names. It reads cold
// layers only if a package may have brought the file. A directory of the original base is
// not the user's: it does not count.
func lacksNamed(ctx context.Context, img *check.Image, name string) (bool, error) {
	if img.FindMerged([]string{name}, check.Any) != nil {
		return false, nil
	}
	first, _, _ := strings.Cut(name[1:], "/")
	if !slices.Contains(packagedDirs, first) || strings.HasPrefix(name, "/usr/local/") {
		return true, nil
	}
	n, err := img.Find(ctx, []string{name}, check.Any)
	return n == nil || n.Kind == layers.Dir, err
}
