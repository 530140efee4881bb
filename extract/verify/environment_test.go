package verify_test

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	vt "github.com/slimify/slimify/internal/verifytest"
	lt "github.com/slimify/slimify/layers/layertest"
)

// Paths that environment variables name are there if the original image had them.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	set := func(env ...string) func(*v1.Config) {
		return func(c *v1.Config) { c.Env = append(c.Env, env...) }
	}
	vt.Test(t, []vt.Case{
		{
			Name: "a file that a variable names is missing", Config: set("RELEASE=/srv/releases/1/x"), Lose: []lt.Entry{lt.Whiteout("srv/releases"), lt.Whiteout("app/current")},
			Against: []string{"environment: failure: /srv/releases/1/x not found (set by ENV RELEASE)"},
		},
		{Name: "a directory is missing, such as an installer's cache", Config: set("CACHE=/srv/releases"), Lose: []lt.Entry{lt.Whiteout("srv/releases"), lt.Whiteout("app/current")}},
		{Name: "the original image lacks it, too", Config: set("LOG=/var/log/app.log", "LD_PRELOAD=/opt/absent.so")},
		{
			Name: "it lies in a volume", Lose: []lt.Entry{lt.Whiteout("srv/releases"), lt.Whiteout("app/current")},
			Config: func(c *v1.Config) {
				c.Env, c.Volumes = append(c.Env, "RELEASE=/srv/releases/1/x"), map[string]struct{}{"/srv/releases": {}}
			},
		},
	})
}
