package assemble_test

import (
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/sample"
	lt "github.com/slimify/slimify/layers/layertest"
)

// coldReads counts the layers of the original base image that a run read.
func coldReads(h *hub, name string, layers int) (n int) {
	m, _ := h.manifest(name)
	for _, l := range m.Layers[:layers] {
		n += len(h.seen("^GET .*/blobs/" + l.Digest.String() + "$"))
	}
	return n
}

// reconfigure changes an image's config.
func reconfigure(t *testing.T, img v1.Image, change func(*v1.ConfigFile)) v1.Image {
	t.Helper()
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	change(config)
	if img, err = mutate.ConfigFile(img, config); err != nil {
		t.Fatal(err)
	}
	return img
}

// The layers of the original base image are known by its history, or by an official image
// whose layers they are; what only looks like a hint has no effect.
func TestBoundary(t *testing.T) {
	t.Parallel()
	noHistory := func(c *v1.ConfigFile) { c.History = nil }
	noTexts := func(c *v1.ConfigFile) {
		for i := range c.History {
			c.History[i].CreatedBy = ""
		}
	}
	company := sample.Step{History: "RUN install-our-tools", Entries: []lt.Entry{lt.File("opt/company/tool", "1")}}
	for _, c := range []struct {
		name    string
		fat     func(h *hub) v1.Image
		fatBase string
		cold    bool // the original base image is read
		warning string
	}{
		{name: "history", fat: func(h *hub) v1.Image { return fatImage(h.t, sample.Config{}) }},
		{name: "no history, the version's tag", fat: func(h *hub) v1.Image {
			h.push("library/python:3.9.2-bullseye", sample.Official, sample.Config{})
			return reconfigure(h.t, fatImage(h.t, sample.Config{}), noHistory)
		}},
		{name: "history without texts, the version's tag", fat: func(h *hub) v1.Image {
			h.push("library/python:3.9.2-bullseye", sample.Official, sample.Config{})
			return reconfigure(h.t, fatImage(h.t, sample.Config{}), noTexts)
		}},
		{name: "no history, named by the user", fatBase: "mirror/python:old", fat: func(h *hub) v1.Image {
			h.push("mirror/python:old", sample.Official, sample.Config{})
			return reconfigure(h.t, fatImage(h.t, sample.Config{}), noHistory)
		}},
		{name: "no history, named by annotations", fat: func(h *hub) v1.Image {
			base := h.push("mirror/python:old", sample.Official, sample.Config{})
			return annotated(h, reconfigure(h.t, fatImage(h.t, sample.Config{MediaType: types.OCIManifestSchema1}), noHistory), "mirror/python:old", base)
		}},
		{name: "no history and no hint", cold: true, fat: func(h *hub) v1.Image {
			return reconfigure(h.t, fatImage(h.t, sample.Config{}), noHistory)
		}},
		{name: "the tag moved", cold: true, fat: func(h *hub) v1.Image {
			h.push("library/python:3.9.2-bullseye", sample.Official, sample.Config{GetPip: true})
			return reconfigure(h.t, fatImage(h.t, sample.Config{}), noHistory)
		}},
		{name: "the user names another image", fatBase: "mirror/python:old", cold: true, warning: "fat-base", fat: func(h *hub) v1.Image {
			h.push("mirror/python:old", sample.Official, sample.Config{GetPip: true})
			return reconfigure(h.t, fatImage(h.t, sample.Config{}), noHistory)
		}},
		{name: "annotations name a company's image", cold: true, fat: func(h *hub) v1.Image {
			base := h.push("company/python:1", sample.Official, sample.Config{Steps: []sample.Step{company}})
			fat, err := sample.Fat(sample.Config{MediaType: types.OCIManifestSchema1, Steps: []sample.Step{company}})
			if err != nil {
				h.t.Fatal(err)
			}
			return annotated(h, reconfigure(h.t, fat, noHistory), "company/python:1", base)
		}},
		{name: "annotations name a host that the run does not use", cold: true, fat: func(h *hub) v1.Image {
			fat := reconfigure(h.t, fatImage(h.t, sample.Config{MediaType: types.OCIManifestSchema1}), noHistory)
			return annotated(h, fat, "", fat)
		}},
		{name: "squashed", cold: true, fat: func(h *hub) v1.Image {
			h.push("library/python:3.9.2-bullseye", sample.Official, sample.Config{})
			return fatImage(h.t, sample.Config{Squashed: true})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHub(t)
			h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{})
			put(t, h.ref("app:fat"), c.fat(h))
			h.forget()
			rep, err := h.slim("app:fat", "app:slim", func(o *assemble.RefOptions) {
				if c.fatBase != "" {
					o.FatBase = h.ref(c.fatBase)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := coldReads(h, "app:fat", 1) > 0; got != c.cold {
				t.Errorf("FAT's first layer was read: %v, want %v", got, c.cold)
			}
			if warned := hasWarning(rep, "fat-base"); warned != (c.warning != "") {
				t.Errorf("warned: %v", warned)
			}
			if _, err := tree(t, h.ref("app:slim")).Lookup("app/app.py"); err != nil {
				t.Error("the application is missing")
			}
			if c.name == "annotations name a company's image" {
				if _, err := tree(t, h.ref("app:slim")).Lookup("opt/company/tool"); err != nil {
					t.Error("the company's tool was lost")
				}
			}
		})
	}
}

func fatImage(t *testing.T, c sample.Config) v1.Image {
	t.Helper()
	img, err := sample.Fat(c)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// annotated notes on an image what it was built on; an empty name means a host
// that does not exist.
func annotated(h *hub, img v1.Image, name string, base v1.Image) v1.Image {
	h.t.Helper()
	digest, err := base.Digest()
	if err != nil {
		h.t.Fatal(err)
	}
	full := "nobody.invalid/python:1"
	if name != "" {
		full = h.host + "/" + name
	}
	return mutate.Annotations(img, map[string]string{
		"org.opencontainers.image.base.name": full, "org.opencontainers.image.base.digest": digest.String(),
	}).(v1.Image)
}

func hasWarning(rep *report.Report, code string) bool {
	for _, w := range rep.Warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}

// Reading the original base image early, late or never gives one digest: it holds answers,
// and never a reason of its own.
func TestEagerIsLazy(t *testing.T) {
	t.Parallel()
	tool := lt.Script("app/run.sh", "#!/bin/sh\ncurl -f http://localhost && git log && convert a b\n")
	for name, steps := range map[string][]sample.Step{
		"plain": nil,
		"tools": {{History: "COPY run.sh /app", Entries: []lt.Entry{tool}}, {History: `HEALTHCHECK CMD curl -f http://localhost`, Empty: true, Config: func(c *v1.Config) {
			c.Healthcheck = &v1.HealthConfig{Test: []string{"CMD-SHELL", "curl -f http://localhost"}}
		}}},
		"entry":  {{History: "COPY run.sh /app", Entries: []lt.Entry{tool}}, {History: `ENTRYPOINT ["/app/run.sh"]`, Empty: true, Config: func(c *v1.Config) { c.Entrypoint = []string{"/app/run.sh"} }}},
		"user":   {{History: "RUN useradd app", Entries: []lt.Entry{lt.File("home/app/x", "1").Chown(1000, 1000)}}, {History: "USER app", Empty: true, Config: func(c *v1.Config) { c.User = "www-data" }}},
		"delete": {{History: "RUN rm", Entries: []lt.Entry{lt.Whiteout("etc/debian_version"), lt.Opaque("srv"), lt.Symlink("app/link", "/etc/ssl"), lt.Hardlink("app/again.py", "app/app.py")}}},
	} {
		for kind, make := range map[string]func(sample.Config) (v1.Image, error){"fat": sample.Fat, "native": sample.Native} {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				h := newHub(t)
				h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{})
				h.push("app:fat", make, sample.Config{Steps: steps})
				h.forget()
				lazy, err := h.slim("app:fat", "app:lazy")
				if err != nil {
					t.Fatal(err)
				}
				read := coldReads(h, "app:fat", 5)
				h.forget()
				eager, err := h.slim("app:fat", "app:eager", func(o *assemble.RefOptions) { o.Eager = true })
				if err != nil {
					t.Fatal(err)
				}
				if all := coldReads(h, "app:fat", 5); all != 5 || read == 5 {
					t.Errorf("%d of 5 layers of FAT's base were read, eagerly %d", read, all)
				}
				if lazy.Result.Digest != eager.Result.Digest {
					t.Errorf("%s lazily, %s eagerly", lazy.Result.Digest, eager.Result.Digest)
				}
				again := kept(eager)
				for path, said := range kept(lazy) {
					if got := again[path]; got != said {
						t.Errorf("%s is kept as %q lazily, %q eagerly", path, said, got)
					}
				}
			})
		}
	}
}

// kept lists what a run kept, with the reasons.
func kept(rep *report.Report) map[string]string {
	out := make(map[string]string)
	for _, p := range rep.Platforms {
		for _, k := range p.Kept {
			out[k.Path] = strings.Join([]string{k.Rule, k.Reason, k.From}, "; ")
		}
	}
	return out
}
