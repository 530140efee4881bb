package verify_test

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	vt "github.com/slimify/slimify/internal/verifytest"
	lt "github.com/slimify/slimify/layers/layertest"
)

// What the configuration starts exists.
func TestCommands(t *testing.T) {
	t.Parallel()
	const missing = ", which does not exist"
	vt.Test(t, []vt.Case{
		{
			Name: "the program of CMD is missing", Config: func(c *v1.Config) { c.Cmd = []string{"gunicorn", "app:app"} },
			Alone: []string{`commands: failure: CMD starts "gunicorn", which is not on PATH`},
			// It did not start there either.
			Against: []string{`commands: note: CMD starts "gunicorn", which is not on PATH`},
		},
		{
			Name: "the program of HEALTHCHECK is missing", Lose: []lt.Entry{lt.Whiteout("usr/bin/curl")},
			Alone:   []string{`commands: failure: HEALTHCHECK starts "curl", which is not on PATH`},
			Against: []string{`commands: failure: HEALTHCHECK starts "curl", which is not on PATH`},
		},
		{
			Name: "the script of ENTRYPOINT is missing", Config: func(c *v1.Config) { c.Entrypoint, c.Cmd = []string{"python"}, []string{"absent.py"} },
			Alone:   []string{"commands: failure: ENTRYPOINT runs /app/absent.py" + missing},
			Against: []string{"commands: note: ENTRYPOINT runs /app/absent.py" + missing},
		},
		{
			Name: "the program is not executable", Lose: []lt.Entry{lt.File("usr/local/bin/serve", "#!/usr/local/bin/python3.9\n")},
			Config:  func(c *v1.Config) { c.Entrypoint = []string{"serve"} },
			Alone:   []string{`commands: failure: ENTRYPOINT starts "serve", but /usr/local/bin/serve is not an executable file`},
			Against: []string{`commands: failure: ENTRYPOINT starts "serve", but /usr/local/bin/serve is not an executable file`},
		},
		{
			Name: "builtins and variables of a shell are not looked for", Config: func(c *v1.Config) {
				c.Cmd = []string{"/bin/sh", "-c", "cd /app && python app.py"}
				c.Healthcheck = &v1.HealthConfig{Test: []string{"CMD-SHELL", "X=1 exec $PROGRAM"}}
			},
		},
		{
			Name: "the shell is missing", Lose: []lt.Entry{lt.Whiteout("usr/bin/dash")},
			Alone:   []string{`commands: failure: HEALTHCHECK starts "/bin/sh", but /usr/bin/sh links to dash, which does not exist`},
			Against: []string{`commands: failure: HEALTHCHECK starts "/bin/sh", but /usr/bin/sh links to dash, which does not exist`},
		},
	})
}
