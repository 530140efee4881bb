package verify_test

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	vt "github.com/slimify/slimify/internal/verifytest"
	lt "github.com/slimify/slimify/layers/layertest"
)

// Symlinks have their targets.
func TestSymlinks(t *testing.T) {
	t.Parallel()
	const missing = ", which does not exist"
	vt.Test(t, []vt.Case{
		{
			Name: "the target of a symlink is missing", Lose: []lt.Entry{lt.Whiteout("srv/releases")},
			Alone:   []string{"symlinks: note: /app/current: links to /srv/releases/1" + missing},
			Against: []string{"symlinks: failure: /app/current: links to /srv/releases/1" + missing},
		},
		{
			Name: "the target of a symlink is in a volume", Lose: []lt.Entry{lt.Whiteout("srv/releases")},
			Config: func(c *v1.Config) { c.Volumes = map[string]struct{}{"/srv/releases": {}} },
		},
	})
}
