package e2e

import (
	"strings"
	"testing"

	"github.com/slimify/slimify/testdata/e2e/lab"
)

// slimify's own image slims an image where nothing is allowed, and is the same however often it is built.
func TestOwnImage(t *testing.T) {
	lab.Need(t)
	build := func(args ...string) string {
		return lab.Tool(t, "go", append([]string{"run", "-C", "../..", "./internal/ownimage"}, args...)...)
	}
	name := lab.Fresh("own/slimify")
	first := build(name)
	if again := build(name); again != first {
		t.Errorf("it is %s, and built again %s", first, again)
	}
	t.Run("slims", func(t *testing.T) {
		dst := lab.Fresh("own/flask")
		c := lab.New(t, name).Strict()
		args := append(c.Config.Config.Entrypoint, "slim", "--base", lab.Registry()+"/library/python", lab.Registry()+"/seed/flask:3.11", dst)
		if out, err := c.Output(args...); err != nil || !strings.Contains(out, "@sha256:") {
			t.Fatalf("slimming gave %v\n%s", err, out)
		}
		if out, err := lab.New(t, dst).Output("flask", "--version"); err != nil || !strings.Contains(out, "Flask") {
			t.Errorf("flask --version: %v\n%s", err, out)
		}
	})
	t.Run("no place to write", func(t *testing.T) {
		c := lab.New(t, name).Strict()
		args := append(c.Config.Config.Entrypoint, "slim", "--tmpdir", "/home/slimify", lab.Registry()+"/seed/flask:3.11", lab.Fresh("own/flask"))
		if out, err := c.Output(args...); err == nil || !strings.Contains(err.Error(), "--tmpdir") {
			t.Errorf("it wrote to a read-only root, or does not say what to do: %v\n%s", err, out)
		}
	})
	t.Run("shell", func(t *testing.T) {
		shell := lab.Fresh("own/slimify-shell")
		build("--base", lab.Registry()+"/library/python:3.11-slim", "--platform", "linux/amd64", shell)
		out, err := lab.New(t, shell).Strict().Output("sh", "-c", `id -u && slimify version && mktemp`)
		if err != nil || !strings.HasPrefix(out, "65532\nslimify ") {
			t.Errorf("a shell in it says %v\n%s", err, out)
		}
	})
}
