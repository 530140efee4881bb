package assemble_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/verify"
	"github.com/slimify/slimify/internal/sample"
	lt "github.com/slimify/slimify/layers/layertest"
)

// lose puts an image without some paths to the hub.
func (h *hub) lose(src, dst string, paths ...string) {
	h.t.Helper()
	var gone []lt.Entry
	for _, p := range paths {
		gone = append(gone, lt.Whiteout(p))
	}
	img, err := mutate.AppendLayers(open(h.t, h.ref(src)).Image, static.NewLayer(lt.Tar(gone...), types.DockerUncompressedLayer))
	if err != nil {
		h.t.Fatal(err)
	}
	put(h.t, h.ref(dst), img)
}

func (h *hub) verify(name, against string, change ...func(*assemble.VerifyOptions)) *report.Verification {
	h.t.Helper()
	opts := assemble.VerifyOptions{Access: image.Access{Session: reference.Options{TempDir: h.t.TempDir()}}}
	for _, f := range change {
		f(&opts)
	}
	var fat reference.Ref
	if against != "" {
		fat = h.ref(against)
	}
	v, err := assemble.Verify(h.t.Context(), h.ref(name), fat, opts)
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

// failures lists what failed on the first platform, as check: path.
func failures(v *report.Verification) []string {
	var out []string
	for _, c := range v.Platforms[0].Checks {
		for _, f := range c.Findings {
			if f.Severity == report.Failure {
				out = append(out, c.Name+": "+f.Path)
			}
		}
	}
	return out
}

const sampleSite = "usr/local/lib/python3.9/site-packages"

func TestVerify(t *testing.T) {
	t.Parallel()
	h := lab(t)
	if _, err := h.slim("app:fat", "app:slim"); err != nil {
		t.Fatal(err)
	}
	h.lose("app:slim", "app:lost", "app/app.py", sampleSite+"/click/core.py", "usr/local/lib/libpython3.9.so.1.0")
	for _, c := range []struct {
		name, image, against string
		want                 []string
	}{
		{"what slimify made", "app:slim", "", nil},
		{"what slimify made, and of what", "app:slim", "app:fat", nil},
		{"the image that it was made of", "app:fat", "", nil},
		{"the base", "library/python:3.9.2-slim-bullseye", "", nil},
		{"one that lost files", "app:lost", "", []string{"elf: /usr/local/bin/python3.9", "commands: "}},
		{"one that lost files, and of what", "app:lost", "app:fat", []string{
			"elf: /usr/local/bin/python3.9", "elf: /usr/local/lib/libpython3.so", "loader-cache: /etc/ld.so.cache", "commands: ",
			"symlinks: /usr/local/lib/libpython3.9.so", "record: /" + sampleSite + "/click/core.py",
		}},
		{"two that lost the same", "app:lost", "app:lost", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.forget()
			v := h.verify(c.image, c.against)
			if got := failures(v); !slices.Equal(got, c.want) {
				t.Errorf("failures\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			if v.Failed() != (len(c.want) > 0) {
				t.Errorf("failed: %v", v.Failed())
			}
			// In the good case nothing of the original base image is read: its manifest, its
			// config and the three layers of the user.
			if got := h.seen(`^GET .*/app/blobs/`); c.image == "app:slim" && c.against == "app:fat" {
				slim := len(h.manifestLayers("app:slim")) + 1
				if len(got) != slim+4 {
					t.Errorf("%d blobs were read, want %d of the image and 4 of the other", len(got), slim)
				}
			}
		})
	}
}

func (h *hub) manifestLayers(name string) []v1.Descriptor {
	m, _ := h.manifest(name)
	return m.Layers
}

// Of an index each platform is verified, or those that the options name.
func TestVerifyPlatforms(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	for _, arch := range []string{"amd64", "arm64"} {
		h.push("app:"+arch, sample.Fat, sample.Config{Architecture: arch})
	}
	h.lose("app:arm64", "app:lost", "app/app.py")
	put(t, h.ref("app:both"), newIndex(t, map[string]v1.Image{"linux/amd64": open(t, h.ref("app:amd64")).Image, "linux/arm64": open(t, h.ref("app:lost")).Image}))
	v := h.verify("app:both", "")
	if len(v.Platforms) != 2 || v.Platforms[0].Status != "pass" || v.Platforms[1].Status != "fail" || !v.Failed() {
		t.Errorf("%+v", v.Platforms)
	}
	v = h.verify("app:both", "app:both", func(o *assemble.VerifyOptions) { o.Platforms = []v1.Platform{{OS: "linux", Architecture: "arm64"}} })
	if len(v.Platforms) != 1 || v.Failed() {
		t.Errorf("%+v", v.Platforms)
	}
	_, err := assemble.Verify(t.Context(), h.ref("app:both"), parse(t, "oci:"+t.TempDir()), assemble.VerifyOptions{})
	if err == nil {
		t.Error("an image to compare with that is none was accepted")
	}
}

// The error of a result that would not work names the first findings.
func TestVerificationError(t *testing.T) {
	t.Parallel()
	err := &assemble.VerificationError{Ref: "app:fat"}
	for range 12 {
		err.Findings = append(err.Findings, verify.Finding{Check: "elf", Path: "app/x", Message: "library libpq.so.5 not found"})
	}
	err.Findings[0] = verify.Finding{Check: "commands", Message: `CMD starts "x"`}
	text := err.Error()
	for _, part := range []string{"slim image of app:fat", "nothing was pushed", "\n  commands: CMD starts \"x\"", "\n  elf: /app/x: library libpq.so.5 not found", "\n  and 2 more"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not say %q", text, part)
		}
	}
}

// lossy is an image with a distribution that claims what no slim image gets.
func lossy(h *hub) string {
	const info = sampleSite + "/odd-1.dist-info"
	h.push("app:lossy", sample.Fat, sample.Config{Steps: []sample.Step{{History: "RUN /bin/sh -c pip install odd", Entries: []lt.Entry{
		lt.File(info+"/RECORD", "/var/cache/ldconfig/aux-cache,,\nodd-1.dist-info/RECORD,,\n"), lt.File("var/cache/ldconfig/aux-cache", "glibc"),
	}}}})
	return "app:lossy"
}

func TestSlimVerifies(t *testing.T) {
	t.Parallel()
	h := lab(t)
	rep, err := h.slim("app:fat", "app:slim")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range verify.Names(extract.Ecosystems()) {
		if !slices.Contains(rep.Platforms[0].Verify.Checks, name) {
			t.Errorf("the report lacks the check %s", name)
		}
	}
	_, err = h.slim(lossy(h), "app:slim")
	var failed *assemble.VerificationError
	if !errors.As(err, &failed) || len(failed.Findings) != 1 || failed.Findings[0].Path != "var/cache/ldconfig/aux-cache" {
		t.Fatalf("error %v, want one that names what is lost", err)
	}
	if got := digest(t, h.ref("app:slim")); got != rep.Result.Digest.String() {
		t.Errorf("the tag moved to %s", got)
	}
}
