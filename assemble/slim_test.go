package assemble_test

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/sample"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

func TestSlim(t *testing.T) {
	t.Parallel()
	h := lab(t)
	rep, err := h.slim("app:fat", "app:slim")
	if err != nil {
		t.Fatal(err)
	}
	if got := digest(t, h.ref("app:slim")); got != rep.Result.Digest.String() {
		t.Errorf("the tag names %s, the report %s", got, rep.Result.Digest)
	}
	slim := tree(t, h.ref("app:slim"))
	for path, want := range map[string]bool{
		"app/app.py": true, "usr/local/bin/flask": true, "usr/local/lib/python3.9/site-packages/flask/__init__.py": true,
		"usr/bin/git": false, "root/.cache/pip": false, "usr/local/lib/python3.9/__pycache__/os.cpython-39.pyc": false,
	} {
		if _, err := slim.Lookup(path); (err == nil) != want {
			t.Errorf("/%s: %v, want it there: %v", path, err, want)
		}
	}
	p := rep.Platforms[0]
	if p.Bytes.Compressed.After*2 > p.Bytes.Compressed.Before || p.Verify.Status != "pass" || len(p.Distributions) < 7 {
		t.Errorf("report: %+v %+v, %d distributions", p.Bytes, p.Verify, len(p.Distributions))
	}
}

// Layers of the original base image are not downloaded, each manifest is fetched once,
// and the base's blobs are mounted: that is what makes it fast.
func TestRequests(t *testing.T) {
	t.Parallel()
	h := lab(t)
	// The registry in memory has one store of blobs for all repositories; a real
	// one says that the new one lacks them.
	h.failOn(when(http.StatusNotFound, http.MethodHead, "/other/repository/blobs/"))
	rep, err := h.slim("app:fat", "other/repository:slim")
	if err != nil {
		t.Fatal(err)
	}
	all := h.seen(`.`)
	if last := all[len(all)-1]; !strings.HasPrefix(last, "PUT /v2/other/repository/manifests/slim") {
		t.Errorf("the last request is %s, not the manifest's", last)
	}
	if got := h.seen(`^GET .*/app/manifests/`); len(got) != 1 {
		t.Errorf("FAT's manifest was fetched %d times: %v", len(got), got)
	}
	// The config and the three layers of WORKDIR, COPY and RUN; of the seven
	// layers below only the trailers, four bytes each.
	if got := h.seen(`^GET .*/app/blobs/[^ ]*$`); len(got) != 4 {
		t.Errorf("%d blobs of FAT were read, want its config and three layers:\n%s", len(got), strings.Join(got, "\n"))
	}
	if got := h.seen(`^GET .*/app/blobs/.* bytes=`); len(got) != 7 {
		t.Errorf("the ends of %d blobs were read, want seven:\n%s", len(got), strings.Join(got, "\n"))
	}
	want := int64(0)
	for _, img := range []struct {
		ref  string
		from int
	}{{"app:fat", 7}, {"library/python:3.9.2-slim-bullseye", 0}} {
		want += h.manifestBytes(img.ref, img.from)
	}
	// The first answer is that the destination is not there, the second that this
	// registry does not take back an upload that was begun.
	want += int64(len(`{"errors":[{"code":"NAME_UNKNOWN","message":"Unknown name"}]}` + "\n"))
	want += int64(len(`{"errors":[{"code":"NAME_INVALID","message":"invalid digest"}]}` + "\n"))
	// Every byte is paid once: manifests, configs, the user's layers, the base;
	// then the base's blobs again, since this registry does not mount.
	again := h.layerBytes("library/python:3.9.2-slim-bullseye")
	if got := rep.Network.Downloaded; got != want+7*4+again {
		t.Errorf("%d bytes were downloaded, want %d", got, want+7*4+again)
	}
	if got := h.seen(`^POST .*from=library%2Fpython&mount=`); len(got) != 4 {
		t.Errorf("%d of the base's four blobs were to be mounted: %v", len(got), got)
	}
}

// The same image, base and options give the same digest, whatever the
// parallelism, the destination and what was there before.
func TestSameDigest(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{})
	h.push("app:fat", sample.Fat, sample.Config{MediaType: types.OCIManifestSchema1})
	first, err := h.slim("app:fat", "app:slim")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, c := range map[string]struct {
		dst    string
		change func(*assemble.RefOptions)
	}{
		"again":       {"app:slim", func(*assemble.RefOptions) {}},
		"one job":     {"app:slim1", func(o *assemble.RefOptions) { o.Jobs = 1 }},
		"dry run":     {"app:never", func(o *assemble.RefOptions) { o.DryRun = true }},
		"OCI layout":  {"oci:" + filepath.Join(dir, "oci"), func(*assemble.RefOptions) {}},
		"OCI archive": {"oci-archive:" + filepath.Join(dir, "oci.tar"), func(*assemble.RefOptions) {}},
		"own tag":     {"app:fat2", func(o *assemble.RefOptions) { o.Tags = []reference.Ref{h.ref("app:more")} }},
	} {
		rep, err := h.slim("app:fat", c.dst, c.change)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if rep.Result.Digest != first.Result.Digest {
			t.Errorf("%s: digest %s, not %s", name, rep.Result.Digest, first.Result.Digest)
		}
	}
	// Of an image with Docker's media types a layout gets the OCI form: config
	// and layers are the same, and other tools can read it.
	h.push("app:docker", sample.Fat, sample.Config{})
	for _, dst := range []string{"app:docker-slim", "oci:" + filepath.Join(dir, "docker")} {
		if _, err := h.slim("app:docker", dst); err != nil {
			t.Fatal(err)
		}
	}
	a, _ := h.manifest("app:docker-slim")
	b, _ := manifest(t, parse(t, "oci:"+filepath.Join(dir, "docker")))
	if a.Config.Digest != b.Config.Digest || a.MediaType != types.DockerManifestSchema2 || b.MediaType != types.OCIManifestSchema1 {
		t.Errorf("configs %s and %s, manifests %s and %s", a.Config.Digest, b.Config.Digest, a.MediaType, b.MediaType)
	}
	if got := digest(t, h.ref("app:never")); got != "" {
		t.Errorf("a dry run wrote %s", got)
	}
	if got := digest(t, h.ref("app:more")); got != first.Result.Digest.String() {
		t.Errorf("--tag names %q", got)
	}
}

// Every form of manifest and compression is read, the result keeps FAT's kind
// of manifest, and all of them show the same files.
func TestForms(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{})
	want := ""
	for _, c := range []sample.Config{
		{},
		{MediaType: types.OCIManifestSchema1},
		{MediaType: types.OCIManifestSchema1, Compression: compression.ZStd},
		{MediaType: types.OCIManifestSchema1, Compression: compression.None},
		{GetPip: true},
	} {
		name := fmt.Sprintf("%s %s get-pip=%v", c.MediaType, c.Compression, c.GetPip)
		fat := h.push("forms:fat", sample.Fat, c)
		if _, err := h.slim("forms:fat", "forms:slim"); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		tree(t, h.ref("forms:slim")).Walk(func(n *layers.Node) bool {
			got = append(got, fmt.Sprintf("%s %s %o %x", n.Path(), n.Kind, n.Mode, n.Digest))
			return true
		})
		if want == "" {
			want = strings.Join(got, "\n")
		}
		if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s shows other files (-want +got):\n%s", name, diff)
		}
		s, _ := reference.NewSession(reference.Options{})
		slim, err := s.Open(t.Context(), h.ref("forms:slim"))
		if err != nil {
			t.Fatal(err)
		}
		mt, _ := fat.MediaType()
		if slim.MediaType != mt {
			t.Errorf("%s: the result's manifest is %s", name, slim.MediaType)
		}
		m, _ := slim.Image.Manifest()
		if oci := mt == types.OCIManifestSchema1; (m.Annotations["org.opencontainers.image.base.digest"] != "") != oci {
			t.Errorf("%s: annotations %v", name, m.Annotations)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A squashed image has no boundary: all is read, and the result runs as well.
func TestSquashed(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{})
	h.push("app:fat", sample.Fat, sample.Config{Squashed: true})
	rep, err := h.slim("app:fat", "app:slim")
	if err != nil {
		t.Fatal(err)
	}
	slim := tree(t, h.ref("app:slim"))
	for path, want := range map[string]bool{"app/app.py": true, "usr/local/bin/flask": true, "usr/bin/git": false, "usr/include/libpq-fe.h": false} {
		if _, err := slim.Lookup(path); (err == nil) != want {
			t.Errorf("/%s: %v, want it there: %v", path, err, want)
		}
	}
	if rep.Platforms[0].Bytes.Unpacked.Before == nil {
		t.Error("all layers were read, and yet the size before is not known")
	}
}

func index(t *testing.T, make func(sample.Config) (v1.Image, error), more ...mutate.IndexAddendum) v1.ImageIndex {
	t.Helper()
	idx := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, arch := range []string{"amd64", "arm64"} {
		img, err := make(sample.Config{Architecture: arch, MediaType: types.OCIManifestSchema1})
		if err != nil {
			t.Fatal(err)
		}
		idx = mutate.AppendManifests(idx, mutate.IndexAddendum{
			Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}},
		})
	}
	return mutate.AppendManifests(idx, more...)
}

func TestIndex(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	put(t, h.ref("library/python:3.9.2-slim-bullseye"), index(t, sample.Base))
	put(t, h.ref("app:fat"), index(t, sample.Fat, mutate.IndexAddendum{
		Add: empty.Image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "unknown", Architecture: "unknown"}},
	}))
	rep, err := h.slim("app:fat", "app:slim")
	if err != nil {
		t.Fatal(err)
	}
	platforms := func(p report.Platform) string { return p.Platform }
	var got []string
	for _, p := range rep.Platforms {
		got = append(got, platforms(p))
	}
	if diff := cmp.Diff([]string{"linux/amd64", "linux/arm64"}, got); diff != "" {
		t.Errorf("platforms (-want +got):\n%s", diff)
	}
	if !slices.ContainsFunc(rep.Warnings, func(w report.Warning) bool { return w.Code == "attestations" }) {
		t.Errorf("no warning about the lost attestation: %v", rep.Warnings)
	}
	rep, err = h.slim("app:fat", "app:one", func(o *assemble.RefOptions) {
		o.Platforms = []v1.Platform{{OS: "linux", Architecture: "arm64"}}
	})
	if err != nil || len(rep.Platforms) != 1 || rep.Platforms[0].Platform != "linux/arm64" {
		t.Errorf("--platform: %v, %v", rep, err)
	}
	_, err = h.slim("app:fat", "app:none", func(o *assemble.RefOptions) {
		o.Platforms = []v1.Platform{{OS: "linux", Architecture: "s390x"}}
	})
	var lacking *image.PlatformError
	if !errors.As(err, &lacking) {
		t.Errorf("a platform that is not there: %v", err)
	}
}

// What slimify made is written as it is.
func TestUnchanged(t *testing.T) {
	t.Parallel()
	h := lab(t)
	first, err := h.slim("app:fat", "app:slim")
	if err != nil {
		t.Fatal(err)
	}
	for _, dst := range []string{"app:slim", "app:slimmer"} {
		rep, err := h.slim("app:slim", dst)
		if err == nil && (len(rep.Platforms) != 1 || rep.Platforms[0].Base.Digest != first.Platforms[0].Base.Digest || rep.Platforms[0].Kept != nil) {
			t.Errorf("%s: platforms %+v", dst, rep.Platforms)
		}
		if err != nil || !rep.Unchanged || digest(t, h.ref(dst)) != first.Result.Digest.String() {
			t.Errorf("%s: %v, unchanged %v", dst, err, rep != nil && rep.Unchanged)
		}
	}
}

// FAT's own tag may be the destination.
func TestInPlace(t *testing.T) {
	t.Parallel()
	h := lab(t)
	rep, err := h.slim("app:fat", "app:fat")
	if err != nil {
		t.Fatal(err)
	}
	if got := digest(t, h.ref("app:fat")); got != rep.Result.Digest.String() {
		t.Errorf("the tag names %s", got)
	}
}

// A layer without headers for its parents must not put directories in the place
// of the base's links.
func TestLinksOfTheBaseStay(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{Steps: []sample.Step{
		{History: "RUN ln -s", Entries: []lt.Entry{lt.Symlink("var/old-run", "/srv/run"), lt.Dir("srv"), lt.Dir("srv/run")}},
	}})
	h.push("app:fat", sample.Fat, sample.Config{Steps: []sample.Step{
		{History: "COPY pid /var/old-run/app/ # buildkit", Entries: []lt.Entry{lt.File("var/old-run/app/pid", "1")}},
	}})
	if _, err := h.slim("app:fat", "app:slim"); err != nil {
		t.Fatal(err)
	}
	slim := tree(t, h.ref("app:slim"))
	if n, err := slim.Lookup("var/old-run"); err != nil || n.Kind != layers.Symlink {
		t.Errorf("the base's link is now %v, %v", n, err)
	}
	if _, err := slim.Lookup("srv/run/app/pid"); err != nil {
		t.Errorf("the file is lost: %v", err)
	}
}
