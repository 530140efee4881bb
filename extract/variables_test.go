package extract_test

import (
	"context"
	"errors"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/elftest"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// What the image's environment names is needed: programs, preloaded libraries, and data
// that lies where caches do.
func TestVariables(t *testing.T) {
	t.Parallel()
	library := string(elftest.Library(elftest.Spec{Soname: "libjemalloc.so.2"}))
	cold := []lt.Entry{
		status("git", "fonts"), lt.File(info+"git.list", "/usr/bin/git\n/usr/lib/git-core/x\n"), lt.Script("usr/bin/git", "elf"), lt.File("usr/lib/git-core/x", ""),
		lt.File(info+"fonts.list", "/usr/share/fonts/a.ttf\n/usr/share/fonts/b.ttf\n"), lt.File("usr/share/fonts/a.ttf", ""), lt.File("usr/share/fonts/b.ttf", ""),
	}
	user := []lt.Entry{
		lt.File("app/a", ""), lt.File("tmp/models/m.bin", ""), lt.File("tmp/other/x", ""),
		status("git", "fonts", "libjemalloc2", "libjemalloc-dev\nSection: libdevel\nDepends: libjemalloc2"),
		lt.File(info+"libjemalloc2.list", "/usr/lib/libjemalloc.so.2\n"), lt.File("usr/lib/libjemalloc.so.2", library),
		lt.File(info+"libjemalloc-dev.list", "/usr/lib/libjemalloc.so\n"), lt.Symlink("usr/lib/libjemalloc.so", "libjemalloc.so.2"),
	}
	for _, c := range []struct{ name, env, want, gone string }{
		{"a program of the original base image, with its package", "GIT=/usr/bin/git", "usr/bin/git usr/lib/git-core/x", ""},
		{"data of the original base image, with its package", "FONT=/usr/share/fonts/a.ttf", "usr/share/fonts/a.ttf usr/share/fonts/b.ttf", ""},
		{"a directory of the system", "FONTS=/usr/share/fonts", "", "usr/share/fonts/a.ttf"},
		{"a library by the link of a -dev package", "LD_PRELOAD=/usr/lib/libjemalloc.so", "usr/lib/libjemalloc.so usr/lib/libjemalloc.so.2", ""},
		{"data below /tmp", "MODEL_CACHE=/tmp/models", "tmp/models/m.bin", "tmp/other/x"},
		{"a place for temporary files", "TMPDIR=/tmp/models", "", "tmp/models/m.bin"},
		{"a cache of an installer", "PIP_CACHE_DIR=/tmp/models", "", "tmp/models/m.bin"},
		{"all of /tmp", "SCRATCH=/tmp", "", "tmp/models/m.bin tmp/other/x"},
		{"a path that no image has", "CONFIG=/usr/share/nothing", "app/a", ""},
		{"a URL", "SITE=http://x/usr/bin/git", "app/a", "usr/bin/git"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in, base := capturedScene(t, v1.Config{Env: []string{c.env}}, slimBase(), cold, run("x", user...))
			got, _ := contents(t, in, base, selection.Options{})
			expect(t, got, c.want, c.gone)
		})
	}
}

// A variable that names what is made or mounted when a container runs costs no cold layer.
func TestVariablesReadNoColdLayer(t *testing.T) {
	t.Parallel()
	env := []string{"LOG=/var/log/app.log", "CONFIG=/etc/app/config.yaml", "TOOL=/usr/bin/unknown", "DATA=/data", "LIB=/usr/local/nvidia/lib"}
	in, base := scene(t, v1.Config{Env: env}, slimBase(), nil, run("x", lt.File("app/a", "")))
	stack, err := layers.NewStack(1, nil, func(context.Context, int) (*layers.Table, error) {
		return nil, errors.New("a layer of the original base image was read")
	})
	if err != nil {
		t.Fatal(err)
	}
	stack.Upper = in.Stack.Upper
	in.Stack = stack
	if _, err := extract.Select(t.Context(), in, base, selection.Options{}); err != nil {
		t.Error(err)
	}
}
