package assemble_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/gate"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/sample"
	lt "github.com/slimify/slimify/layers/layertest"
)

var forms = map[string]sample.Config{"docker": {}, "oci": {MediaType: types.OCIManifestSchema1}}

// again slims once more and reports whether there was nothing to do.
func (h *hub) again(src, dst string, change ...func(*assemble.RefOptions)) bool {
	h.t.Helper()
	h.forget()
	rep, err := h.slim(src, dst, change...)
	if err != nil {
		h.t.Fatal(err)
	}
	return rep.UpToDate
}

// A second run reads manifests alone, and of Docker's the config.
func TestUpToDate(t *testing.T) {
	t.Parallel()
	for form, config := range forms {
		t.Run(form, func(t *testing.T) {
			h := newHub(t)
			h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{})
			h.push("app:fat", sample.Fat, config)
			first, err := h.slim("app:fat", "other:slim")
			if err != nil {
				t.Fatal(err)
			}
			h.forget()
			rep, err := h.slim("app:fat", "other:slim")
			if err != nil {
				t.Fatal(err)
			}
			if !rep.Unchanged || !rep.UpToDate || rep.Result != first.Result || len(rep.Pushed) > 0 {
				t.Errorf("report: %+v", rep)
			}
			p, was := rep.Platforms[0], first.Platforms[0]
			if p.Platform != was.Platform || p.Verify.Status != "pass" || p.Kept != nil || p.Base.Digest != was.Base.Digest || p.Bytes.Compressed != was.Bytes.Compressed {
				t.Errorf("platform: %+v", p)
			}
			want := []string{"GET /v2/", "GET /v2/other/manifests/slim", "GET /v2/app/manifests/fat", "HEAD /v2/library/python/manifests/3.9.2-slim-bullseye"}
			if form == "docker" {
				m, _ := h.manifest("other:slim")
				want = slices.Insert(want, 2, "GET /v2/other/blobs/"+m.Config.Digest.String())
			}
			h.forget()
			if !h.again("app:fat", "other:slim") {
				t.Fatal("the third run worked")
			}
			if got := h.seen(`.`); !slices.Equal(got, want) {
				t.Errorf("requests:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			// The destination plays no part in the key.
			second, err := h.slim("app:fat", "elsewhere:slim")
			if err != nil || second.Result.Digest != first.Result.Digest {
				t.Errorf("another destination: %v, %v", second, err)
			}
			if !h.again("app:fat", "other:slim", func(o *assemble.RefOptions) { o.DryRun = true }) {
				t.Error("a dry run worked")
			}
			// How the base is named matters for nothing but which it is.
			if !h.again("app:fat", "other:slim", func(o *assemble.RefOptions) { o.Base = h.ref("library/python:3.9.2-slim-bullseye") }) {
				t.Error("a run with the base's own name worked")
			}
		})
	}
}

// A change after slimify is seen, whatever labels are left.
func TestAltered(t *testing.T) {
	t.Parallel()
	changes := map[string]func(*testing.T, v1.Image) v1.Image{
		"environment": altered(func(c *v1.Config) { c.Env = append(c.Env, "X=1") }),
		"label":       altered(func(c *v1.Config) { c.Labels["new"] = "1" }),
		"no labels":   altered(func(c *v1.Config) { c.Labels = nil }),
		"layer": func(t *testing.T, img v1.Image) v1.Image {
			out, err := mutate.AppendLayers(img, static.NewLayer(lt.Tar(lt.File("x", "1")), types.DockerUncompressedLayer))
			if err != nil {
				t.Fatal(err)
			}
			return out
		},
		"annotation": annotation("new", "1"),
		"run":        annotation("io.github.slimify.run", `{"version":"x"}`),
		"key":        annotation("io.github.slimify.key", "sha256:"+strings.Repeat("0", 64)),
	}
	for form, c := range forms {
		h := newHub(t)
		h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{})
		h.push("app:fat", sample.Fat, c)
		first, err := h.slim("app:fat", "app:slim")
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range changes { // each leaves the tag as the first run did
			t.Run(form+"/"+name, func(t *testing.T) {
				put(t, h.ref("app:slim"), change(t, open(t, h.ref("app:slim")).Image))
				if digest(t, h.ref("app:slim")) == first.Result.Digest.String() {
					t.Fatal("nothing was altered")
				}
				if h.again("app:fat", "app:slim") {
					t.Error("taken for slimify's own")
				}
				if got := digest(t, h.ref("app:slim")); got != first.Result.Digest.String() {
					t.Errorf("the tag names %s", got)
				}
			})
		}
	}
}

func altered(change func(*v1.Config)) func(*testing.T, v1.Image) v1.Image {
	return func(t *testing.T, img v1.Image) v1.Image {
		t.Helper()
		file, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		c := file.DeepCopy().Config
		change(&c)
		out, err := mutate.Config(img, c)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func annotation(key, value string) func(*testing.T, v1.Image) v1.Image {
	return func(_ *testing.T, img v1.Image) v1.Image {
		return mutate.Annotations(img, map[string]string{key: value}).(v1.Image)
	}
}

// All that a run's result depends on makes work when it changes.
func TestOutOfDate(t *testing.T) {
	t.Parallel()
	pattern := func(s string) []selection.Pattern {
		p, err := selection.ParsePattern(s)
		if err != nil {
			t.Fatal(err)
		}
		return []selection.Pattern{p}
	}
	for name, c := range map[string]struct {
		change  func(*hub)
		options func(*assemble.RefOptions)
	}{
		"source": {change: func(h *hub) { h.push("app:fat", sample.Fat, sample.Config{GetPip: true}) }},
		"base": {change: func(h *hub) {
			h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{Steps: []sample.Step{
				{History: "RUN touch", Entries: []lt.Entry{lt.File("etc/new", "1")}},
			}})
		}},
		"keep":        {options: func(o *assemble.RefOptions) { o.Select.Keep = pattern("/usr/bin/git") }},
		"drop":        {options: func(o *assemble.RefOptions) { o.Select.Drop = pattern("/app/**") }},
		"minimal":     {options: func(o *assemble.RefOptions) { o.Select.Minimal = true }},
		"destination": {change: func(h *hub) { h.push("app:slim", sample.Fat, sample.Config{}) }},
		"another tag": {options: func(o *assemble.RefOptions) {
			tag, _ := o.Base.WithTag("more")
			o.Tags = []reference.Ref{tag}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h := lab(t)
			if _, err := h.slim("app:fat", "app:slim"); err != nil {
				t.Fatal(err)
			}
			if c.change != nil {
				c.change(h)
			}
			h.forget()
			var options []func(*assemble.RefOptions)
			if c.options != nil {
				options = append(options, c.options)
			}
			rep, err := h.slim("app:fat", "app:slim", options...)
			if err == nil && rep.UpToDate {
				t.Error("there was nothing to do")
			}
			if len(h.seen(`^GET .*/app/blobs/`)) == 0 {
				t.Error("no layer was read")
			}
		})
	}
}

// A base better than the one that there was makes work.
func TestBetterBase(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.push("library/python:3.9-slim-bullseye", sample.Base, sample.Config{})
	h.push("app:fat", sample.Fat, sample.Config{})
	if _, err := h.slim("app:fat", "app:slim"); err != nil {
		t.Fatal(err)
	}
	if !h.again("app:fat", "app:slim") {
		t.Error("the same base made work")
	}
	h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{})
	if h.again("app:fat", "app:slim") {
		t.Error("the better base was not seen")
	}
}

// An OCI index has the key, which covers all of its images.
func TestUpToDateIndex(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	put(t, h.ref("library/python:3.9.2-slim-bullseye"), index(t, sample.Base))
	put(t, h.ref("app:fat"), index(t, sample.Fat))
	first, err := h.slim("app:fat", "app:slim")
	if err != nil {
		t.Fatal(err)
	}
	h.forget()
	rep, err := h.slim("app:fat", "app:slim")
	if err != nil || !rep.UpToDate || rep.Result != first.Result || len(rep.Platforms) != 2 || rep.Platforms[1].Digest != first.Platforms[1].Digest {
		t.Fatalf("report %+v, %v", rep, err)
	}
	if got := h.seen(`.`); len(got) != 4 {
		t.Errorf("requests:\n%s", strings.Join(got, "\n"))
	}
	if h.again("app:fat", "app:slim", func(o *assemble.RefOptions) { o.Platforms = []v1.Platform{{OS: "linux", Architecture: "arm64"}} }) {
		t.Error("fewer platforms were not seen")
	}
	var held *gate.Error
	tooLarge := func(o *assemble.RefOptions) { o.Gates.MaxSize = 1 }
	if _, err := h.slim("app:fat", "app:slim", tooLarge); !errors.As(err, &held) || !held.TooLarge() {
		t.Errorf("under a gate of one byte: %v", err)
	}
}

// Under Strict a run without work fails as one with work does.
func TestUpToDateStrict(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{})
	h.push("app:fat", sample.Fat, sample.Config{Steps: []sample.Step{
		{History: "COPY a.py /app/a.py # buildkit", Entries: []lt.Entry{lt.File("app/a.py", "import os\nos.system('git status')\n")}},
	}})
	strict := func(o *assemble.RefOptions) { o.Strict = true }
	_, full := h.slim("app:fat", "app:slim", strict)
	if full == nil {
		t.Fatal("nothing is undecided")
	}
	if _, err := h.slim("app:fat", "app:slim"); err != nil {
		t.Fatal(err)
	}
	h.forget()
	if _, err := h.slim("app:fat", "app:slim", strict); err == nil || err.Error() != full.Error() {
		t.Errorf("error %v, the full run's was %v", err, full)
	}
	if got := h.seen(`^GET .*/app/blobs/`); len(got) > 1 {
		t.Errorf("layers were read: %v", got)
	}
}

// A change of the application uploads the application's layer and the config,
// nothing else.
func TestOnlyTheApplication(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{})
	app := func(text string) sample.Config {
		return sample.Config{Steps: []sample.Step{{History: "COPY new.py /app/new.py # buildkit", Entries: []lt.Entry{lt.File("app/new.py", text)}}}}
	}
	h.push("app:fat", sample.Fat, app("a = 1\n"))
	if _, err := h.slim("app:fat", "slim:1"); err != nil {
		t.Fatal(err)
	}
	before, _ := h.manifest("slim:1")
	h.push("app:fat", sample.Fat, app("a = 2\n"))
	// The registry has one store for all repositories: only what the first run put
	// into this one counts as there.
	had := map[string]bool{before.Config.Digest.String(): true}
	for _, l := range before.Layers {
		had[l.Digest.String()] = true
	}
	h.failOn(func(r *http.Request) int {
		blob := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		if r.Method == http.MethodHead && strings.HasPrefix(r.URL.Path, "/v2/slim/blobs/") && !had[blob] {
			return http.StatusNotFound
		}
		return 0
	})
	h.forget()
	rep, err := h.slim("app:fat", "slim:1")
	if err != nil {
		t.Fatal(err)
	}
	h.failOn(nil)
	after, raw := h.manifest("slim:1")
	want := int64(len(raw)) + after.Config.Size
	fresh := 0
	for _, l := range after.Layers {
		if !had[l.Digest.String()] {
			fresh++
			want += l.Size
		}
	}
	if fresh != 1 || rep.Network.Uploaded != want {
		t.Errorf("%d new layers, %d bytes up, want one and %d:\n%s", fresh, rep.Network.Uploaded, want, strings.Join(h.seen(`^(PUT|PATCH)`), "\n"))
	}
}
