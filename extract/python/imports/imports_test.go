package imports_test

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	vt "github.com/slimify/slimify/internal/verifytest"
	lt "github.com/slimify/slimify/layers/layertest"
)

// The modules that sources import are installed.
func TestCheck(t *testing.T) {
	t.Parallel()
	const missing = ", which does not exist"
	vt.Test(t, []vt.Case{
		{
			Name: "modules that are imported at the start are missing", Lose: []lt.Entry{lt.Whiteout("src/editable"), lt.Whiteout("app/helpers/text.py")},
			Alone: []string{
				"imports: failure: /app/app.py: line 2 imports editable: module not found",
				"imports: failure: /app/app.py: line 3 imports helpers.text: module not found",
			},
			Against: []string{
				"imports: failure: /app/app.py: line 2 imports editable: module not found",
				"imports: failure: /app/app.py: line 3 imports helpers.text: module not found",
				"imports: failure: /app/app.py: line 4 imports helpers.text: module not found",
				"imports: failure: /app/helpers/__init__.py: line 1 imports .text: module not found",
			},
		},
		{
			Name: "a module of the original base is missing", Lose: []lt.Entry{lt.Whiteout(vt.Site + "/setuptools")},
			Alone:   []string{"imports: note: /app/setup.py: line 1 imports setuptools: module not found"},
			Against: []string{"imports: failure: /app/setup.py: line 1 imports setuptools: module not found"},
		},
		{
			Name: "an optional module is missing", Lose: []lt.Entry{lt.Whiteout("app/fast.py")},
			Against: []string{"imports: note: /app/app.py: line 6 imports fast: module not found"},
		},
		{
			Name: "an extension module of the standard library lacks its library", Lose: []lt.Entry{lt.Whiteout(vt.Lib + "/libtk8.6.so")},
			Alone: []string{
				"imports: note: /app/window.py: line 1 imports tkinter: library libtk8.6.so not found",
			},
			Against: []string{
				"imports: failure: /app/window.py: line 1 imports tkinter: library libtk8.6.so not found",
			},
		},
		{
			Name: "the module of python -m is missing", Config: func(c *v1.Config) { c.Cmd = []string{"python", "-um", "absent.server"} },
			Alone: []string{"imports: failure: CMD runs module absent.server" + missing},
		},
		{
			Name: "a module that the module of python -m imports is missing", Lose: []lt.Entry{lt.File("app/serve/__init__.py", ""), lt.File("app/serve/__main__.py", "import absent\n")},
			Config: func(c *v1.Config) { c.Cmd = []string{"/bin/sh", "-c", "exec python -m serve"} },
			Alone:  []string{"imports: failure: /app/serve/__main__.py: line 1 imports absent: module not found"},
		},
	})
}
