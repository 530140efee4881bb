package assemble_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/gate"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/sample"
)

// Whatever goes wrong, the error says what kind it is and the tag stays as it
// was.
func TestFailuresLeaveTheTag(t *testing.T) {
	t.Parallel()
	type setup func(h *hub, o *assemble.RefOptions) (src string)
	is := func(target any) func(error) bool { return func(err error) bool { return errors.As(err, target) } }
	for _, c := range []struct {
		name  string
		setup setup
		want  func(error) bool
	}{
		{"no such image", func(*hub, *assemble.RefOptions) string { return "app:absent" }, is(new(*reference.NotFoundError))},
		{"no Python", func(h *hub, _ *assemble.RefOptions) string {
			put(h.t, h.ref("app:go"), empty.Image)
			return "app:go"
		}, is(new(*ecosystem.NoRuntimeError))},
		{"base of another version", func(h *hub, o *assemble.RefOptions) string {
			h.push("library/python:3.10-slim", sample.Base, sample.Config{Version: "3.10.1"})
			o.Base = h.ref("library/python:3.10-slim")
			return "app:fat"
		}, is(new(*official.MismatchError))},
		{"base of another architecture", func(h *hub, o *assemble.RefOptions) string {
			h.push("library/python:arm", sample.Base, sample.Config{Architecture: "arm64"})
			o.Base = h.ref("library/python:arm")
			return "app:fat"
		}, is(new(*official.MismatchError))},
		{"no base", func(h *hub, o *assemble.RefOptions) string {
			o.Base = h.ref("library/absent")
			return "app:fat"
		}, is(new(*analyze.NoBaseError))},
		{"base is no Python", func(h *hub, o *assemble.RefOptions) string {
			put(h.t, h.ref("base:empty"), empty.Image)
			o.Base = h.ref("base:empty")
			return "app:fat"
		}, is(new(*ecosystem.NoRuntimeError))},
		{"a keep that matches nothing", func(_ *hub, o *assemble.RefOptions) string {
			p, _ := selection.ParsePattern("/absent")
			o.Select.Keep = []selection.Pattern{p}
			return "app:fat"
		}, is(new(*selection.UnmatchedPatternError))},
		{"a result that is larger", func(h *hub, o *assemble.RefOptions) string {
			h.push("app:small", func(c sample.Config) (v1.Image, error) {
				img, err := sample.Base(c)
				if err != nil {
					return nil, err
				}
				return mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", Config: config(h.t, img)})
			}, sample.Config{})
			o.Base = h.ref("library/python:3.9.2-slim-bullseye")
			return "app:small"
		}, is(new(*gate.LargerError))},
		{"content that the config does not have", func(h *hub, _ *assemble.RefOptions) string {
			h.push("app:bad", func(c sample.Config) (v1.Image, error) {
				img, err := sample.Fat(c)
				if err != nil {
					return nil, err
				}
				cf, err := img.ConfigFile()
				if err != nil {
					return nil, err
				}
				cf = cf.DeepCopy()
				cf.RootFS.DiffIDs[len(cf.RootFS.DiffIDs)-1].Hex = strings.Repeat("0", 64)
				return mutate.ConfigFile(img, cf)
			}, sample.Config{})
			return "app:bad"
		}, is(new(*image.CorruptError))},
		{"an upload that fails", func(h *hub, _ *assemble.RefOptions) string {
			h.failOn(when(http.StatusBadRequest, http.MethodPatch, "/blobs/"))
			return "app:fat"
		}, is(new(*reference.RegistryError))},
		{"a manifest that is refused", func(h *hub, _ *assemble.RefOptions) string {
			h.failOn(when(http.StatusBadRequest, http.MethodPut, "/manifests/"))
			return "app:fat"
		}, is(new(*reference.RegistryError))},
		{"a file that the result would lose", func(h *hub, _ *assemble.RefOptions) string { return lossy(h) }, is(new(*assemble.VerificationError))},
		{"no place for temporary files", func(h *hub, o *assemble.RefOptions) string {
			o.Session.TempDir = filepath.Join(h.t.TempDir(), "absent")
			return "app:fat"
		}, is(new(*image.SpoolError))},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := lab(t)
			h.push("app:slim", sample.Official, sample.Config{})
			before := digest(t, h.ref("app:slim"))
			var src string
			_, err := h.slim("app:fat", "app:slim", func(o *assemble.RefOptions) {
				src = c.setup(h, o)
				if src != "app:fat" {
					o.DryRun = true // the real run follows
				}
			})
			if src != "app:fat" {
				_, err = h.slim(src, "app:slim", func(o *assemble.RefOptions) { c.setup(h, o) })
			}
			if err == nil || !c.want(err) {
				t.Errorf("error %v is of the wrong kind", err)
			}
			h.failOn(nil)
			if got := digest(t, h.ref("app:slim")); got != before {
				t.Errorf("the tag moved from %s to %s", before, got)
			}
		})
	}
}

func config(t *testing.T, img v1.Image) v1.Config {
	t.Helper()
	cf, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return cf.Config
}

// --if-larger copy writes FAT as it is.
func TestIfLargerCopies(t *testing.T) {
	t.Parallel()
	h := lab(t)
	base, err := sample.Base(sample.Config{})
	if err != nil {
		t.Fatal(err)
	}
	small, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", Config: config(t, base)})
	if err != nil {
		t.Fatal(err)
	}
	put(t, h.ref("app:small"), small)
	rep, err := h.slim("app:small", "app:copy", func(o *assemble.RefOptions) {
		o.CopyIfLarger, o.Base = true, h.ref("library/python:3.9.2-slim-bullseye")
	})
	if err != nil || !rep.Unchanged || digest(t, h.ref("app:copy")) != digest(t, h.ref("app:small")) {
		t.Errorf("%v, %+v", err, rep)
	}
}

// The base falls back from the exact version to the minor one, and says so.
func TestBaseFallsBack(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{
		"3.9-slim-bullseye": "there is no", "3.9-slim": "3.9-slim-bullseye",
	} {
		h := newHub(t)
		h.push("library/python:"+tag, sample.Base, sample.Config{Version: "3.9.21"})
		h.push("app:fat", sample.Fat, sample.Config{})
		rep, err := h.slim("app:fat", "app:slim")
		if err != nil {
			t.Errorf("%s: %v", tag, err)
			continue
		}
		b := rep.Platforms[0].Base
		if !strings.HasSuffix(b.Ref, ":"+tag) || !strings.Contains(b.Why, want) {
			t.Errorf("base %s (%s), want tag %s and a reason that says %q", b.Ref, b.Why, tag, want)
		}
	}
}

// A run that is cancelled ends soon, and leaves nothing.
func TestCancelled(t *testing.T) {
	t.Parallel()
	h := lab(t)
	ctx, cancel := context.WithCancel(t.Context())
	h.failOn(func(r *http.Request) int {
		if strings.Contains(r.URL.Path, "/blobs/") {
			cancel()
		}
		return 0
	})
	tmp := t.TempDir()
	_, err := assemble.SlimRef(ctx, h.ref("app:fat"), h.ref("app:slim"), assemble.RefOptions{
		Access: image.Access{Session: reference.Options{TempDir: tmp}}, Choices: analyze.Choices{Base: h.ref("library/python")},
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that it was cancelled", err)
	}
	h.failOn(nil)
	if got := digest(t, h.ref("app:slim")); got != "" {
		t.Errorf("%s was written", got)
	}
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}
