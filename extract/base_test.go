package extract_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

func TestBaseTags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		version, release string
		want             []string
	}{
		{"3.9.2", "bullseye", []string{"3.9.2-slim-bullseye", "3.9-slim-bullseye", "3.9-slim"}},
		{"3.9.2", "", []string{"3.9-slim"}},
		{"3.13.0rc1", "bookworm", []string{"3.13.0rc1-slim-bookworm", "3.13-slim-bookworm", "3.13-slim"}},
	} {
		if diff := cmp.Diff(c.want, extract.BaseTags(selection.Runtime{Version: c.version}, c.release)); diff != "" {
			t.Errorf("%s on %q (-want +got):\n%s", c.version, c.release, diff)
		}
	}
}

func TestCheckBase(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*selection.Image, *selection.Base)
		what   string // "" if the base fits
	}{
		{"equal", func(*selection.Image, *selection.Base) {}, ""},
		{"patch version", func(_ *selection.Image, b *selection.Base) { b.Runtime.Version = "3.9.21" }, ""},
		{"minor version", func(_ *selection.Image, b *selection.Base) { b.Runtime.Version = "3.10.1" }, "Python"},
		{"architecture", func(_ *selection.Image, b *selection.Base) { b.Config.Architecture = "arm64" }, "platform"},
		{"older Debian", func(_ *selection.Image, b *selection.Base) { b.Release = "buster" }, "Debian release"},
		{"newer Debian", func(_ *selection.Image, b *selection.Base) { b.Release = "bookworm" }, ""},
		{"ABI", func(_ *selection.Image, b *selection.Base) {
			b.Tree = lt.Tree(0, []lt.Entry{lt.File("usr/local/lib/python3.9/lib-dynload/_ssl.cpython-39d-x86_64-linux-gnu.so", "")})
		}, "ABI"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, base := scene(t, v1.Config{}, slimBase(), nil, run("pip install x",
				lt.File(site+"/x.cpython-39-x86_64-linux-gnu.so", ""), lt.File(site+"/x.cpython-310-x86_64-linux-gnu.so", "")))
			c.change(in, base)
			err := extract.CheckBase(in, base)
			var mismatch *official.MismatchError
			switch {
			case c.what == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.what != "" && (!errors.As(err, &mismatch) || mismatch.What != c.what || mismatch.Way == ""):
				t.Errorf("error %v, want a mismatch of %s with a way out", err, c.what)
			}
		})
	}
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	in, _ := scene(t, v1.Config{}, slimBase(), nil, run("apk add", lt.File("etc/alpine-release", "3.20")))
	if err := extract.Refuse(in); err == nil || !strings.Contains(err.Error(), "musl") {
		t.Errorf("an Alpine image was accepted: %v", err)
	}
	in, _ = scene(t, v1.Config{}, slimBase(), nil)
	if err := extract.Refuse(in); err != nil {
		t.Errorf("a Debian image was refused: %v", err)
	}
}

func TestFindPython(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		env     []string
		files   []lt.Entry
		want    string
		problem string
	}{
		{"variable", []string{"PYTHON_VERSION=3.9.2"}, nil, "3.9.2", ""},
		{"headers", nil, []lt.Entry{lt.File("usr/local/include/python3.11/patchlevel.h", "/* x */\n#define PY_VERSION      \t\"3.11.4+\"\n")}, "3.11.4", ""},
		{"nonsense", []string{"PYTHON_VERSION=latest"}, nil, "", `PYTHON_VERSION is "latest"`},
		{"Debian's own", nil, []lt.Entry{lt.Script("usr/bin/python3", "")}, "", "belongs to the Linux distribution"},
		{"conda's", nil, []lt.Entry{lt.Script("opt/conda/bin/python", "")}, "", "conda's"},
		{"none", nil, []lt.Entry{lt.File("app/main.go", "")}, "", "no Python"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, _ := scene(t, v1.Config{Env: c.env}, slimBase(), c.files)
			got, err := extract.FindRuntime(t.Context(), in.Config, in.Stack)
			if c.problem == "" {
				if err != nil || got.Version != c.want {
					t.Errorf("FindPython = %v, %v; want %s", got, err, c.want)
				}
				return
			}
			var none *ecosystem.NoRuntimeError
			if !errors.As(err, &none) || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("error %v, want one that says %q", err, c.problem)
			}
		})
	}
}

// The release comes from history, and no layer is read; without history only the first
// layer is read.
func TestFindRelease(t *testing.T) {
	t.Parallel()
	read := []int{}
	stack, err := layers.NewStack(3, nil, func(_ context.Context, i int) (*layers.Table, error) {
		read = append(read, i)
		return lt.Table(lt.File("usr/lib/os-release", "ID=debian\nVERSION_CODENAME=bullseye\n"), lt.Symlink("etc/os-release", "../usr/lib/os-release")), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := official.FindRelease(t.Context(), history(officialFat+officialCmd), stack)
	if err != nil || got != "bookworm" || len(read) != 0 {
		t.Errorf("FindSuite = %q, %v, after reading layers %v; want bookworm after none", got, err, read)
	}
	got, err = official.FindRelease(t.Context(), history(officialSlim), stack)
	if err != nil || got != "bullseye" || len(read) != 1 || read[0] != 0 {
		t.Errorf("FindSuite = %q, %v, after reading layers %v; want bullseye after layer 0", got, err, read)
	}
}
