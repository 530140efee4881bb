package sample_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/internal/sample"
	"github.com/slimify/slimify/layers"
	"github.com/slimify/slimify/layers/layertest"
)

type maker func(sample.Config) (v1.Image, error)

func build(t *testing.T, f maker, c sample.Config) v1.Image {
	t.Helper()
	img, err := f(c)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func config(t *testing.T, img v1.Image) *v1.ConfigFile {
	t.Helper()
	c, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// merged returns all of an image, with the whole content of each file.
func merged(t *testing.T, img v1.Image) *layers.Tree {
	t.Helper()
	tree, err := layertest.Merge(img)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// size is the sum of an image's blobs.
func size(t *testing.T, img v1.Image) (n int64) {
	t.Helper()
	m, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range m.Layers {
		n += l.Size
	}
	return n
}

func TestBoundary(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		make maker
		c    sample.Config
		want int
	}{
		{"fat", sample.Fat, sample.Config{}, 7},
		{"official", sample.Official, sample.Config{}, 7},
		{"slim", sample.Base, sample.Config{}, 4},
		{"fat with get-pip", sample.Fat, sample.Config{GetPip: true}, 8},
		{"slim with get-pip", sample.Base, sample.Config{GetPip: true}, 5},
		{"fat on bookworm", sample.Fat, sample.Config{Version: "3.11.2", Suite: "bookworm", Architecture: "arm64"}, 7},
		{"built on slim", sample.Base, sample.Config{Steps: []sample.Step{{History: "COPY . /app # buildkit"}}}, 4},
		{"squashed", sample.Fat, sample.Config{Squashed: true}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := extract.Boundary(config(t, build(t, tt.make, tt.c))); got != tt.want {
				t.Errorf("boundary = %d, want %d", got, tt.want)
			}
		})
	}
}

// The demo's figures should look like those of the real images.
func TestSize(t *testing.T) {
	t.Parallel()
	f, b := size(t, build(t, sample.Fat, sample.Config{})), size(t, build(t, sample.Base, sample.Config{}))
	if f < 5e6 || f > 8e6 || b < 5e5 || b > 15e5 {
		t.Errorf("fat has %d bytes, base %d", f, b)
	}
}

// TestForms builds all forms of one image, twice.
func TestForms(t *testing.T) {
	t.Parallel()
	for _, mediaType := range []types.MediaType{types.DockerManifestSchema2, types.OCIManifestSchema1} {
		for _, c := range []compression.Compression{compression.GZip, compression.ZStd, compression.None} {
			t.Run(fmt.Sprintf("%s/%s", path.Base(string(mediaType)), c), func(t *testing.T) {
				conf := sample.Config{MediaType: mediaType, Compression: c}
				img := build(t, sample.Base, conf)
				first, err := img.Digest()
				if err != nil {
					t.Fatal(err)
				}
				if again, err := build(t, sample.Base, conf).Digest(); err != nil || again != first {
					t.Errorf("digest %s, then %s, %v", first, again, err)
				}
				if got, err := img.MediaType(); err != nil || got != mediaType {
					t.Errorf("media type %s, %v", got, err)
				}
				if c == compression.GZip { // the others are unknown to validate
					if err := validate.Image(img); err != nil {
						t.Error(err)
					}
				}
				if _, err := merged(t, img).Resolve("usr/local/bin/python3"); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestSquashed compares a squashed image with the one of many layers.
func TestSquashed(t *testing.T) {
	t.Parallel()
	steps := []sample.Step{{History: "RUN rm", Entries: []layertest.Entry{
		layertest.Whiteout("app/requirements.txt"), layertest.Opaque("app/templates"), layertest.File("app/templates/new.html", "new"),
	}}}
	want := merged(t, build(t, sample.Fat, sample.Config{Steps: steps}))
	img := build(t, sample.Fat, sample.Config{Steps: steps, Squashed: true})
	if c := config(t, img); len(c.History) != 1 || len(c.RootFS.DiffIDs) != 1 || c.Config.Cmd[1] != "app.py" {
		t.Errorf("config %+v", c)
	}
	got := merged(t, img)
	for _, pair := range [][2]*layers.Tree{{want, got}, {got, want}} {
		pair[0].Walk(func(n *layers.Node) bool {
			if o, err := pair[1].Lookup(n.Path()); n.Path() != "." && (err != nil || !o.Same(n.Entry)) {
				t.Errorf("%s differs: %v", n.Path(), err)
			}
			return true
		})
	}
	if _, err := got.Lookup("app/requirements.txt"); err == nil {
		t.Error("a removed file is there")
	}
}

// TestRecords checks every line of every RECORD against the image.
func TestRecords(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]maker{"fat": sample.Fat, "base": sample.Base} {
		tree := merged(t, build(t, f, sample.Config{}))
		distributions := 0
		tree.Walk(func(n *layers.Node) bool {
			if path.Base(n.Path()) != "RECORD" {
				return true
			}
			distributions++
			lines, err := csv.NewReader(bytes.NewReader(n.Evidence)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			site := path.Dir(path.Dir(n.Path()))
			for _, l := range lines {
				file, err := tree.Lookup(path.Join(site, l[0]))
				if err != nil {
					t.Errorf("%s: %s: %s is not there", name, n.Path(), l[0])
					continue
				}
				sum := sha256.Sum256(file.Evidence)
				if l[1] != "" && (l[1] != "sha256="+base64.RawURLEncoding.EncodeToString(sum[:]) || l[2] != strconv.FormatInt(file.Size, 10)) {
					t.Errorf("%s: %s: %s is not as listed", name, n.Path(), l[0])
				}
			}
			return true
		})
		if want := map[string]int{"fat": 9, "base": 2}[name]; distributions != want {
			t.Errorf("%s: %d distributions, want %d", name, distributions, want)
		}
	}
}

// TestRuns looks up what a run of Python would open.
func TestRuns(t *testing.T) {
	t.Parallel()
	for _, c := range []sample.Config{{}, {Architecture: "arm64", Suite: "bookworm", Version: "3.11.2"}} {
		for name, f := range map[string]maker{"fat": sample.Fat, "base": sample.Base} {
			tree := merged(t, build(t, f, c))
			dirs := []string{"usr/local/lib", "usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu"}
			found := 0
			tree.Walk(func(n *layers.Node) bool {
				if n.Kind != layers.File || !bytes.HasPrefix(n.Evidence, []byte(elf.ELFMAG)) {
					return true
				}
				found++
				file, err := elf.NewFile(bytes.NewReader(n.Evidence))
				if err != nil {
					t.Fatalf("%s: %v", n.Path(), err)
				}
				needed, err := file.ImportedLibraries()
				if err != nil {
					t.Errorf("%s: %v", n.Path(), err)
				}
				for _, p := range file.Progs {
					if p.Type == elf.PT_INTERP {
						interp := make([]byte, p.Filesz-1)
						if _, err := p.ReadAt(interp, 0); err != nil {
							t.Fatal(err)
						}
						if _, err := tree.Resolve(string(interp)); err != nil {
							t.Errorf("%s %s: no loader %s", name, n.Path(), interp)
						}
					}
				}
				for _, so := range needed {
					ok := false
					for _, dir := range dirs {
						_, err := tree.Resolve(dir + "/" + so)
						ok = ok || err == nil
					}
					if !ok {
						t.Errorf("%s: %s needs %s", name, n.Path(), so)
					}
				}
				return true
			})
			if found < 20 {
				t.Errorf("%s: only %d ELF files", name, found)
			}
			for _, link := range []string{"bin/sh", "usr/local/bin/python", "usr/local/bin/pip", "etc/os-release"} {
				if _, err := tree.Resolve(link); err != nil {
					t.Errorf("%s: %s: %v", name, link, err)
				}
			}
		}
	}
}

// TestPackages checks that dpkg's lists name what is there, and that what
// packages depend on is installed.
func TestPackages(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]maker{"fat": sample.Fat, "base": sample.Base} {
		tree := merged(t, build(t, f, sample.Config{}))
		info, err := tree.Lookup("var/lib/dpkg/info")
		if err != nil {
			t.Fatal(err)
		}
		status, err := tree.ReadFile("var/lib/dpkg/status")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(status)) {
			if depends, ok := strings.CutPrefix(line, "Depends: "); ok {
				pkg, _, _ := strings.Cut(strings.TrimSpace(depends), " ")
				if !strings.Contains("\n"+string(status), "\nPackage: "+pkg+"\n") {
					t.Errorf("%s: %s is depended on and not installed", name, pkg)
				}
			}
		}
		for _, n := range info.Children() {
			pkg, ok := strings.CutSuffix(path.Base(n.Path()), ".list")
			if !ok {
				continue
			}
			pkg, _, _ = strings.Cut(pkg, ":")
			if strings.Count("\n"+string(status), "\nPackage: "+pkg+"\n") != 1 {
				t.Errorf("%s: %s is not in the status once", name, pkg)
			}
			for line := range strings.Lines(string(n.Evidence)) {
				if _, err := tree.Lookup(strings.TrimSpace(line)); err != nil {
					t.Errorf("%s: %s lists %s: %v", name, pkg, line, err)
				}
			}
		}
	}
}

// TestEvidence asks slimify's own rules what the images are.
func TestEvidence(t *testing.T) {
	t.Parallel()
	img := build(t, sample.Fat, sample.Config{Squashed: true})
	c, tree := config(t, img), merged(t, img)
	stack, err := layers.NewStack(0, nil, func(context.Context, int) (*layers.Table, error) { return nil, nil })
	if err != nil {
		t.Fatal(err)
	}
	stack.Upper = tree
	if release, err := official.FindRelease(t.Context(), c, stack); err != nil || release != "bullseye" {
		t.Errorf("release %q, %v", release, err)
	}
	c.Config.Env = nil
	if python, err := extract.FindRuntime(t.Context(), c, stack); err != nil || python.Version != "3.9.2" {
		t.Errorf("python %v, %v", python, err)
	}
	if got := len(extract.InstalledPackages(tree)); got != 9 {
		t.Errorf("%d distributions", got)
	}
}

func TestBadConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []sample.Config{{Version: "3.9"}, {Architecture: "vax"}, {Compression: "lzw"}} {
		if _, err := sample.Base(c); err == nil {
			t.Errorf("%+v was built", c)
		}
	}
}
