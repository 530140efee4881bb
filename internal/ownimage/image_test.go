package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/sample"
)

var (
	amd64 = v1.Platform{OS: "linux", Architecture: "amd64"}
	arm64 = v1.Platform{OS: "linux", Architecture: "arm64"}
)

func someProgram() *program {
	return &program{bytes: []byte("\x7fELF program"), version: "1.2.3", revision: "abc", time: time.Unix(1700000000, 0).UTC()}
}

func mustCompose(t *testing.T, b bases, p v1.Platform) v1.Image {
	t.Helper()
	from, err := b.image(p)
	if err != nil {
		t.Fatal(err)
	}
	img, err := compose(from, someProgram(), p)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// listing lists the paths of an image's merged layers with mode and owner.
func listing(t *testing.T, img v1.Image) []string {
	t.Helper()
	rc := mutate.Extract(img)
	defer rc.Close()
	var out []string
	for r := tar.NewReader(rc); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%04o %d:%d /%s", h.Mode, h.Uid, h.Gid, h.Name))
	}
}

func TestEmptyBase(t *testing.T) {
	t.Parallel()
	img := mustCompose(t, bases{}, arm64)
	want := []string{
		"0755 0:0 /home", "0755 65532:65532 /home/slimify", "1777 0:0 /tmp",
		"0755 0:0 /usr", "0755 0:0 /usr/local", "0755 0:0 /usr/local/bin", "0755 0:0 /usr/local/bin/slimify",
	}
	if got := listing(t, img); !slices.Equal(got, want) {
		t.Errorf("the image holds\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	c := config.Config
	if config.OS != "linux" || config.Architecture != "arm64" || c.User != "65532:65532" || !slices.Equal(c.Entrypoint, []string{entry}) || c.Cmd != nil {
		t.Errorf("config is %+v", config)
	}
	if want := time.Unix(1700000000, 0); !config.Created.Equal(want) || !config.History[0].Created.Equal(want) {
		t.Errorf("created %v", config.Created)
	}
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"version": "1.2.3", "revision": "abc", "licenses": "Apache-2.0", "created": "2023-11-14T22:13:20Z", "base.name": ""} {
		key = "org.opencontainers.image." + key
		if c.Labels[key] != want || manifest.Annotations[key] != want {
			t.Errorf("%s is %q as label and %q as annotation, want %q", key, c.Labels[key], manifest.Annotations[key], want)
		}
	}
}

// A variant keeps its base's files and drops the base's command.
func TestBase(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	session, err := reference.NewSession(reference.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	name := "oci:" + filepath.Join(t.TempDir(), "base") + ":1"
	ref, err := reference.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	from, err := sample.Base(sample.Config{})
	if err != nil {
		t.Fatal(err)
	}
	digest, err := session.Write(ctx, ref, from)
	if err != nil {
		t.Fatal(err)
	}
	b, done, err := openBase(ctx, session, name)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	img := mustCompose(t, b, amd64)
	below := listing(t, from)
	for _, line := range listing(t, img) {
		if i := slices.Index(below, line); i >= 0 {
			below = slices.Delete(below, i, i+1)
		}
	}
	if len(below) > 0 {
		t.Errorf("the base's paths are missing or changed: %q", below)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	old, err := from.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Config.Cmd != nil || !slices.Equal(config.Config.Env, append(old.Config.Env, "HOME="+home)) || len(config.History) <= len(old.History) {
		t.Errorf("config is %+v", config)
	}
	if got := config.Config.Labels["org.opencontainers.image.base.digest"]; got != digest.String() {
		t.Errorf("the base's digest is %q, want %s", got, digest)
	}
	if _, err := b.image(arm64); err == nil || !strings.Contains(err.Error(), "no image for linux/arm64") {
		t.Errorf("a base without the platform gives %v", err)
	}
}

// Layers, manifest and index have one family of media types: tools refuse a
// mixture.
func TestKinds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ manifest, layer, index types.MediaType }{
		{types.DockerManifestSchema2, types.DockerLayer, types.DockerManifestList},
		{types.OCIManifestSchema1, types.OCILayer, types.OCIImageIndex},
	} {
		from, err := sample.Base(sample.Config{MediaType: test.manifest})
		if err != nil {
			t.Fatal(err)
		}
		img, err := compose(&base{Image: from, ref: "base:1"}, someProgram(), amd64)
		if err != nil {
			t.Fatal(err)
		}
		m, err := img.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range m.Layers {
			if l.MediaType != test.layer {
				t.Errorf("a %s has a %s", test.manifest, l.MediaType)
			}
		}
		index, err := bundle([]v1.Image{img}, []v1.Platform{amd64})
		if err != nil {
			t.Fatal(err)
		}
		if kind, err := index.MediaType(); err != nil || kind != test.index {
			t.Errorf("a %s is in a %s, %v", test.manifest, kind, err)
		}
	}
}

func TestBundle(t *testing.T) {
	t.Parallel()
	var digests []string
	for range 2 {
		index, err := bundle([]v1.Image{mustCompose(t, bases{}, amd64), mustCompose(t, bases{}, arm64)}, []v1.Platform{amd64, arm64})
		if err != nil {
			t.Fatal(err)
		}
		m, err := index.IndexManifest()
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Manifests) != 2 || m.Manifests[1].Platform.Architecture != "arm64" || m.Annotations["org.opencontainers.image.version"] != "1.2.3" {
			t.Errorf("the index is %+v", m)
		}
		digest, err := index.Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest.String())
	}
	if digests[0] != digests[1] {
		t.Errorf("the same program gave %s and %s", digests[0], digests[1])
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	commit := []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2024-05-06T07:08:09Z"}}
	for _, test := range []struct {
		name, version, epoch string
		settings             []debug.BuildSetting
		want                 program
		fails                bool
	}{
		{"a release", "v1.2.3", "", commit, program{version: "1.2.3", revision: "abc", time: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)}, false},
		{"no commit", "(devel)", "", nil, program{version: "devel", time: time.Unix(0, 0)}, false},
		{"another time", "v1.2.3", "1700000000", commit, program{version: "1.2.3", revision: "abc", time: time.Unix(1700000000, 0)}, false},
		{"no time", "v1.2.3", "yesterday", commit, program{}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := describe(&debug.BuildInfo{Main: debug.Module{Version: test.version}, Settings: test.settings}, test.epoch)
			if (err != nil) != test.fails {
				t.Fatal(err)
			}
			if err == nil && (got.version != test.want.version || got.revision != test.want.revision || !got.time.Equal(test.want.time)) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "name a reference"},
		{[]string{"--platform", "windows/amd64", "oci:x"}, `platform "windows/amd64"`},
		{[]string{"--platform", "linux", "oci:x"}, `platform "linux"`},
		{[]string{"oci:"}, "the path is missing"},
	} {
		if err := run(context.Background(), test.args, io.Discard); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q gives %v, want %q", test.args, err, test.want)
		}
	}
}
