package verify_test

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	vt "github.com/slimify/slimify/internal/verifytest"
	lt "github.com/slimify/slimify/layers/layertest"
)

// Scripts have their interpreters.
func TestShebangs(t *testing.T) {
	t.Parallel()
	const missing = ", which does not exist"
	vt.Test(t, []vt.Case{
		{
			Name: "interpreters of scripts that nothing is known to start", Lose: []lt.Entry{lt.Whiteout("usr/bin/perl"), lt.Whiteout("opt/ruby")},
			Alone: []string{
				"shebangs: note: /app/run.pl: interpreter perl not found",
				"shebangs: note: /app/tool.rb: interpreter /opt/ruby/bin/ruby not found",
			},
			Against: []string{
				"shebangs: note: /app/run.pl: interpreter perl not found", // it was the base's: that is not asked
				"shebangs: failure: /app/tool.rb: interpreter /opt/ruby/bin/ruby not found",
			},
		},
		{
			Name: "the interpreter of the script that the container starts", Lose: []lt.Entry{lt.Whiteout("usr/local/bin/python3.9")},
			Config: func(c *v1.Config) { c.Cmd = []string{"serve"} },
			Alone: []string{
				"shebangs: failure: /usr/local/bin/serve: interpreter /usr/local/bin/python3.9 not found",
				"symlinks: note: /usr/local/bin/python: links to python3.9" + missing,
			},
			Against: []string{
				"shebangs: failure: /usr/local/bin/serve: interpreter /usr/local/bin/python3.9 not found",
				"symlinks: failure: /usr/local/bin/python: links to python3.9" + missing,
			},
		},
	})
}
