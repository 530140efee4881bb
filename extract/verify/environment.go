package verify

import (
	"context"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/internal/imageconfig"
)

// checkEnvironment looks for the paths that environment variables name. What the original
// image lacks too is created or mounted when a container runs.
func checkEnvironment(_ context.Context, in *check.Input, report func(check.Problem)) (items int, err error) {
	for _, p := range imageconfig.NamedPaths(in.Config.Env) {
		items++
		if _, err := in.Tree().Resolve(p.Path); err == nil || mounted(in.Config, p.Path) || !in.Compared {
			continue
		}
		report(check.Problem{
			Message: p.Path + " not found (set by ENV " + p.Variable + ")", NewOnly: true,
			In: func(ctx context.Context, other *check.Image) (bool, error) {
				return lacksPath(ctx, other, p.Path, p.Packaged())
			},
		})
	}
	return items, nil
}
