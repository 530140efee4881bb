package assemble_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	lt "github.com/slimify/slimify/layers/layertest"
)

// rawImage is an image of given bytes: unlike mutate's, its config may hold keys
// that Go's types do not know.
type rawImage struct {
	manifest, config []byte
	layers           map[v1.Hash]v1.Layer
}

func (i *rawImage) RawConfigFile() ([]byte, error)      { return i.config, nil }
func (i *rawImage) RawManifest() ([]byte, error)        { return i.manifest, nil }
func (i *rawImage) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }
func (i *rawImage) LayerByDigest(h v1.Hash) (partial.CompressedLayer, error) {
	if l := i.layers[h]; l != nil {
		return l, nil
	}
	return partial.ConfigLayer(i)
}

// newImage makes an image of a config and the layers' listings. The config gets
// the layers' diff IDs.
func newImage(t *testing.T, config string, listings ...[]lt.Entry) v1.Image {
	t.Helper()
	img := &rawImage{layers: make(map[v1.Hash]v1.Layer)}
	m := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1}
	rootfs := v1.RootFS{Type: "layers"}
	for _, listing := range listings {
		l := static.NewLayer(lt.Tar(listing...), types.OCIUncompressedLayer)
		desc, err := partial.Descriptor(l)
		if err != nil {
			t.Fatal(err)
		}
		img.layers[desc.Digest] = l
		m.Layers = append(m.Layers, *desc)
		rootfs.DiffIDs = append(rootfs.DiffIDs, desc.Digest)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(config), &raw); err != nil {
		t.Fatal(err)
	}
	raw["rootfs"] = encode(t, rootfs)
	img.config = encode(t, raw)
	digest, size, err := v1.SHA256(bytes.NewReader(img.config))
	if err != nil {
		t.Fatal(err)
	}
	m.Config = v1.Descriptor{MediaType: types.OCIConfigJSON, Digest: digest, Size: size}
	img.manifest = encode(t, m)
	out, err := partial.CompressedToImage(img)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// newIndex makes an index of images with their platforms.
func newIndex(t *testing.T, images map[string]v1.Image) v1.ImageIndex {
	t.Helper()
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, name := range slices.Sorted(maps.Keys(images)) {
		p, err := v1.ParsePlatform(name)
		if err != nil {
			t.Fatal(err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: images[name], Descriptor: v1.Descriptor{Platform: p}})
	}
	return index
}

// write puts an image into a layout of the test's own.
func write(t *testing.T, a reference.Artifact) reference.Ref {
	t.Helper()
	ref := parse(t, "oci:"+t.TempDir()+":test")
	s, err := reference.NewSession(reference.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Write(t.Context(), ref, a); err != nil {
		t.Fatal(err)
	}
	return ref
}

func parse(t *testing.T, s string) reference.Ref {
	t.Helper()
	ref, err := reference.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// dist lists an installed distribution: its metadata and one module.
func dist(name, version, content string) []lt.Entry {
	const site = "usr/local/lib/python3.9/site-packages/"
	info := name + "-" + version + ".dist-info"
	return []lt.Entry{
		lt.File(site+name+".py", content),
		lt.File(site+info+"/RECORD", name+".py,,\n"+info+"/RECORD,,\n"),
	}
}

func join(listings ...[]lt.Entry) (out []lt.Entry) {
	for _, l := range listings {
		out = append(out, l...)
	}
	return out
}

// only compares two images and returns the one platform.
func only(t *testing.T, before, after reference.Artifact) report.PlatformComparison {
	t.Helper()
	c, err := assemble.Compare(t.Context(), write(t, before), write(t, after), assemble.CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Platforms) != 1 {
		t.Fatalf("%d platforms, want 1", len(c.Platforms))
	}
	return c.Platforms[0]
}

const plainConfig = `{"architecture": "amd64", "os": "linux", "config": {}}`

func TestCompareDistributions(t *testing.T) {
	t.Parallel()
	// of is what a listing that dist made should come out as.
	of := func(version string, listing []lt.Entry) *report.PackageVersion {
		v := &report.PackageVersion{Version: version}
		for _, e := range listing {
			v.Files++
			v.Size += e.Size
		}
		return v
	}
	flask, pip, wheel, attrs := dist("flask", "2.3", "x"), dist("pip", "23", "x"), dist("wheel", "1", "x"), dist("attrs", "1", "x")
	zope5, zope6 := dist("Zope.Interface", "5.0", "x"), dist("zope_interface", "6.0", "xyz")
	venv := []lt.Entry{lt.File("app/venv/lib/python3.9/site-packages/flask-2.0.dist-info/RECORD", "")}
	for _, c := range []struct {
		name          string
		before, after []lt.Entry
		want          []report.PackageChange
	}{
		{"none", nil, nil, []report.PackageChange{}},
		{"equal", flask, flask, []report.PackageChange{{Ecosystem: "python", Name: "flask", Before: of("2.3", flask), After: of("2.3", flask)}}},
		{"upgraded, and its name spelt otherwise", zope5, zope6,
			[]report.PackageChange{{Ecosystem: "python", Name: "zope-interface", Before: of("5.0", zope5), After: of("6.0", zope6)}}},
		{"removed and added, by name", join(pip, wheel), attrs,
			[]report.PackageChange{{Ecosystem: "python", Name: "attrs", Before: nil, After: of("1", attrs)}, {Ecosystem: "python", Name: "pip", Before: of("23", pip), After: nil}, {Ecosystem: "python", Name: "wheel", Before: of("1", wheel), After: nil}}},
		{"installed twice", join(venv, flask), flask,
			[]report.PackageChange{{Ecosystem: "python", Name: "flask", Before: of("2.3", flask), After: of("2.3", flask)}, {Ecosystem: "python", Name: "flask", Before: of("2.0", venv), After: nil}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := only(t, newImage(t, plainConfig, c.before), newImage(t, plainConfig, c.after))
			if diff := cmp.Diff(c.want, got.Distributions); diff != "" {
				t.Errorf("distributions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompareConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, before, after string
		want                []string
	}{
		{"equal", `{"config": {"Cmd": ["a"], "Env": ["A=1"]}}`, `{"config": {"Env": ["A=1"], "Cmd": ["a"]}}`, nil},
		{"empty is not set",
			`{"config": {"Cmd": null, "Volumes": {}, "User": "", "OnBuild": [], "Tty": false}}`, `{}`, nil},
		{"keys in another order", `{"config": {"Healthcheck": {"Test": ["NONE"], "Retries": 1}}}`,
			`{"config": {"Healthcheck": {"Retries": 1, "Test": ["NONE"]}}}`, nil},
		{"command and ports", `{"config": {"Cmd": ["a"], "ExposedPorts": {"80/tcp": {}}}}`, `{"config": {"Cmd": ["a", "<b>"]}}`,
			[]string{`Cmd ["a"] ["a","<b>"]`, `ExposedPorts {"80/tcp":{}} -`}},
		{"environment by variable", `{"config": {"Env": ["A=1", "B=x=y", "SAME=1"]}}`, `{"config": {"Env": ["SAME=1", "B=x", "EMPTY="]}}`,
			[]string{`Env.A "1" -`, `Env.B "x=y" "x"`, `Env.EMPTY - ""`}},
		{"labels by key", `{"config": {"Labels": {"a": "1", "b": "1"}}}`, `{"config": {"Labels": {"a": "2", "b": "1"}}}`,
			[]string{`Labels.a "1" "2"`}},
		{"keys that Go's types do not know", `{"config": {"StopTimeout": 30}}`,
			`{"config": {"StopTimeout": 0, "Healthcheck": {"StartInterval": 5000000000}}}`,
			[]string{`Healthcheck - {"StartInterval":5000000000}`, `StopTimeout 30 0`}},
		{"numbers that are equal as floats", `{"config": {"X": 9007199254740993}}`, `{"config": {"X": 9007199254740992}}`,
			[]string{`X 9007199254740993 9007199254740992`}},
		{"platform", `{"architecture": "arm64", "variant": "v8"}`, `{"architecture": "amd64", "os": "linux"}`,
			[]string{`architecture "arm64" "amd64"`, `variant "v8" -`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range only(t, newImage(t, c.before), newImage(t, c.after)).Config {
				text := func(raw json.RawMessage) string {
					if raw == nil {
						return "-"
					}
					return string(raw)
				}
				got = append(got, strings.Join([]string{s.Field, text(s.Before), text(s.After)}, " "))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("config (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompareLayers(t *testing.T) {
	t.Parallel()
	debian := []lt.Entry{
		lt.File("var/lib/dpkg/status", "Package: libc6\nStatus: install ok installed\nVersion: 2\n\n"+
			"Package: git\nVersion: 1\nStatus: install ok installed\n\nPackage: vim\nStatus: deinstall ok config-files\n"),
		lt.File("a", "12345"), lt.Hardlink("b", "a"), lt.Symlink("c", "a"),
	}
	history := `"history": [{"created_by": "RUN /bin/sh -c make \t all # buildkit"}, {"created_by": "ENV A=1", "empty_layer": true}`
	before := newImage(t, `{"os": "linux", "architecture": "amd64", `+history+`, {"created_by": "COPY . /"}]}`,
		debian, []lt.Entry{lt.Whiteout("b"), lt.File("d", "")})
	after := newImage(t, `{"os": "linux", "architecture": "amd64", `+history+`]}`,
		debian, []lt.Entry{lt.File("var/lib/dpkg/status", "Package: libc6\nStatus: install ok installed\nVersion: 2\n"), lt.File("var/lib/dpkg/status.d/curl", "Package: curl\nVersion: 8\n")})
	got := only(t, before, after)

	sizes := func(img v1.Image) (out []int64) {
		m, err := img.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range m.Layers {
			out = append(out, l.Size)
		}
		return out
	}
	b, a := sizes(before), sizes(after)
	sums := report.Change{Before: b[0] + b[1], After: a[0] + a[1]}
	if got.Compressed != sums || got.Unpacked != sums || got.Files != (report.Change{Before: 3, After: 4}) {
		t.Errorf("compressed %v, unpacked %v, want %v; files %v", got.Compressed, got.Unpacked, sums, got.Files)
	}
	if want := (report.Shared{Layers: 1, Size: b[0]}); got.Shared != want {
		t.Errorf("shared %v, want %v", got.Shared, want)
	}
	type line struct {
		size, files int64
		step        string
		shared      bool
	}
	lines := func(list []report.LayerDetail) (out []line) {
		for _, l := range list {
			out = append(out, line{l.Size, l.Files, l.CreatedBy, l.Shared})
		}
		return out
	}
	want := []line{{b[0], 3, "RUN make all", true}, {b[1], 1, "COPY . /", false}}
	if diff := cmp.Diff(want, lines(got.Layers.Before), cmp.AllowUnexported(line{})); diff != "" {
		t.Errorf("layers before (-want +got):\n%s", diff)
	}
	want = []line{{b[0], 3, "", true}, {a[1], 2, "", false}} // its history is a layer short
	if diff := cmp.Diff(want, lines(got.Layers.After), cmp.AllowUnexported(line{})); diff != "" {
		t.Errorf("layers after (-want +got):\n%s", diff)
	}
	packages := report.DebianChanges{Before: 2, After: 2, Added: []string{"curl"}, Removed: []string{"git"}}
	if diff := cmp.Diff(packages, got.Debian); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
}

func TestComparePlatforms(t *testing.T) {
	t.Parallel()
	img := func(arch string) v1.Image {
		return newImage(t, `{"os": "linux", "architecture": "`+arch+`"}`, []lt.Entry{lt.File("arch", arch)})
	}
	amd, arm, s390 := img("amd64"), img("arm64"), img("s390x")
	windows := newImage(t, `{"os": "windows", "architecture": "amd64"}`)
	many := newIndex(t, map[string]v1.Image{"linux/amd64": amd, "linux/arm64/v8": arm, "windows/amd64": windows})
	other := newIndex(t, map[string]v1.Image{"linux/arm64": arm, "linux/s390x": s390, "windows/amd64": windows})
	for _, c := range []struct {
		name                             string
		before, after                    reference.Artifact
		options                          []string
		platforms, onlyBefore, onlyAfter []string
		err                              string
	}{
		{name: "two indexes, the variant given by one", before: many, after: other,
			platforms: []string{"linux/arm64"}, onlyBefore: []string{"linux/amd64"}, onlyAfter: []string{"linux/s390x"}},
		{name: "an index and an image", before: many, after: amd, platforms: []string{"linux/amd64"}, onlyBefore: []string{"linux/arm64"}},
		{name: "two images of other platforms", before: amd, after: arm, platforms: []string{"linux/amd64"}},
		{name: "a chosen one", before: many, after: many, options: []string{"linux/arm64"}, platforms: []string{"linux/arm64"}},
		{name: "one that is not there", before: many, after: other, options: []string{"linux/amd64"}, err: "has no platform linux/amd64"},
		{name: "one that the image is not", before: amd, after: amd, options: []string{"linux/arm64"}, err: "has no platform linux/arm64"},
		{name: "none in common", before: many, after: s390, err: "has no platform linux/amd64 or linux/arm64; it has [linux/s390x]"},
		{name: "none for Linux", before: newIndex(t, map[string]v1.Image{"windows/amd64": windows}), after: amd, err: "no image for Linux"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var opts assemble.CompareOptions
			for _, s := range c.options {
				p, err := v1.ParsePlatform(s)
				if err != nil {
					t.Fatal(err)
				}
				opts.Platforms = append(opts.Platforms, *p)
			}
			got, err := assemble.Compare(t.Context(), write(t, c.before), write(t, c.after), opts)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("error %v, want one that says %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var platforms []string
			for _, p := range got.Platforms {
				platforms = append(platforms, p.Platform)
			}
			for _, d := range []string{
				cmp.Diff(c.platforms, platforms),
				cmp.Diff(append([]string{}, c.onlyBefore...), got.OnlyBefore),
				cmp.Diff(append([]string{}, c.onlyAfter...), got.OnlyAfter),
			} {
				if d != "" {
					t.Errorf("platforms (-want +got):\n%s", d)
				}
			}
		})
	}
}

// An image whose content is not what its config says must not be compared as if
// it were, not even where the other image has the same blob.
func TestCompareCorrupt(t *testing.T) {
	t.Parallel()
	good := newImage(t, plainConfig, []lt.Entry{lt.File("a", "1")})
	forged, err := mutate.ConfigFile(good, &v1.ConfigFile{
		OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{{Algorithm: "sha256", Hex: strings.Repeat("0", 64)}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var corrupt *image.CorruptError
	if _, err := assemble.Compare(t.Context(), write(t, good), write(t, forged), assemble.CompareOptions{}); !errors.As(err, &corrupt) {
		t.Errorf("error %v, want a CorruptError", err)
	}
}
