package assemble_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/sample"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

func pictured(o *assemble.RefOptions) { o.Picture = true }

// bytesOf sums the files that a container of an image sees.
func bytesOf(h *hub, name string) (bytes int64, files int) {
	h.t.Helper()
	tree, err := lt.Merge(open(h.t, h.ref(name)).Image)
	if err != nil {
		h.t.Fatal(err)
	}
	tree.Walk(func(n *layers.Node) bool {
		if n.Kind != layers.Dir {
			files++
			if n.FirstName == "" {
				bytes += n.Size
			}
		}
		return true
	})
	return bytes, files
}

func total(shares []report.Share) (bytes int64, files int) {
	for _, s := range shares {
		bytes += s.Bytes
		files += s.Files
	}
	return bytes, files
}

// A picture shares out every byte and every file of both images, once, and
// changes nothing of the result.
func TestPicture(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make   func(sample.Config) (v1.Image, error)
		config sample.Config
	}{
		"fat":      {sample.Fat, sample.Config{}},
		"native":   {sample.Native, sample.Config{}},
		"squashed": {sample.Fat, sample.Config{Squashed: true}},
		"changes": {sample.Fat, sample.Config{Steps: []sample.Step{{History: "RUN make", Entries: []lt.Entry{
			lt.Whiteout("etc/debian_version"), lt.Opaque("srv"), lt.Symlink("app/link", "/etc/ssl"), lt.Hardlink("app/again.py", "app/app.py"),
			lt.File("app/large.bin", strings.Repeat("0123456789", 50_000)), lt.Hardlink("opt/large.bin", "app/large.bin"), lt.File("tmp/waste", "x"),
		}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{})
			h.push("app:fat", c.make, c.config)
			plain, err := h.slim("app:fat", "app:plain")
			if err != nil {
				t.Fatal(err)
			}
			rep, err := h.slim("app:fat", "app:slim", pictured)
			if err != nil {
				t.Fatal(err)
			}
			if rep.Result.Digest != plain.Result.Digest {
				t.Errorf("with a picture the result is %s, without %s", rep.Result.Digest, plain.Result.Digest)
			}
			if plain.Platforms[0].Picture != nil {
				t.Error("a picture without the option")
			}
			if rep.Platforms[0].Bytes.Unpacked.Estimated {
				t.Error("all layers were read, and the unpacked size is an estimate")
			}
			p := rep.Platforms[0].Picture
			for name, shares := range map[string][]report.Share{"app:fat": p.Fat, "app:slim": p.Slim} {
				bytes, files := total(shares)
				if wantBytes, wantFiles := bytesOf(h, name); bytes != wantBytes || files != wantFiles {
					t.Errorf("%s: %d bytes in %d files are shared out, a container sees %d in %d", name, bytes, files, wantBytes, wantFiles)
				}
				if !slices.IsSortedFunc(shares, func(a, b report.Share) int { return int(b.Bytes - a.Bytes) }) {
					t.Errorf("%s: the largest does not stand first", name)
				}
			}
		})
	}
}

// Shares have the origin and the group of their files.
func TestPictureShares(t *testing.T) {
	t.Parallel()
	h := lab(t)
	h.push("app:fat", sample.Native, sample.Config{})
	rep, err := h.slim("app:fat", "app:slim", pictured)
	if err != nil {
		t.Fatal(err)
	}
	p := rep.Platforms[0].Picture
	for _, want := range []struct {
		in     []report.Share
		origin report.Origin
		name   string
		group  string
	}{
		{p.Fat, report.LeftBehind, "git", "original base image"},
		{p.Fat, report.LeftBehind, "/root/.cache", "caches and logs"},
		{p.Fat, report.FromBase, "libc6", "equal in the base"},
		{p.Slim, report.FromBase, "libc6", ""},
		{p.Slim, report.FromBase, "CPython", ""},
		{p.Fat, report.FromDistributions, "flask", "installed packages"},
		{p.Slim, report.FromDistributions, "flask", "installed packages"},
		{p.Slim, report.FromDebian, "libpq5", "packages, libraries"},
		{p.Slim, report.FromApplication, "/app", "application"},
		{p.Slim, report.FromElsewhere, "/opt/models", "data elsewhere"},
	} {
		if !slices.ContainsFunc(want.in, func(s report.Share) bool {
			return s.Origin == want.origin && s.Name == want.name && s.Group == want.group && s.Files > 0
		}) {
			t.Errorf("no share %s %s (%s)", want.origin, want.name, want.group)
		}
	}
	for want, list := range map[string][]report.PackageChange{"python": p.Distributions, "": p.Debian} {
		if len(list) == 0 {
			t.Errorf("no package of ecosystem %q", want)
		}
		for _, c := range list {
			if c.Ecosystem != want {
				t.Errorf("%s has ecosystem %q, want %q", c.Name, c.Ecosystem, want)
			}
		}
	}
}

// What is added has the chain of evidence, and packages have versions.
func TestPictureAdditions(t *testing.T) {
	t.Parallel()
	h := lab(t)
	h.push("app:fat", sample.Native, sample.Config{})
	rep, err := h.slim("app:fat", "app:slim", pictured)
	if err != nil {
		t.Fatal(err)
	}
	p := rep.Platforms[0].Picture
	i := slices.IndexFunc(p.Additions, func(a report.Addition) bool { return a.Name == "libpq5" })
	if i < 0 {
		t.Fatalf("libpq5 is no addition: %+v", p.Additions)
	}
	var chain []string
	for _, l := range p.Additions[i].Chain {
		chain = append(chain, l.Reason)
	}
	text := strings.Join(chain, " ← ")
	for _, want := range []string{"owns libpq.so.5", "DT_NEEDED of _psycopg.cpython-39-x86_64-linux-gnu.so", "RECORD of psycopg2 2.9.10", "RUN pip install --no-binary"} {
		if !strings.Contains(text, want) {
			t.Errorf("chain of libpq5 lacks %q: %s", want, text)
		}
	}
	versions := make(map[string]string)
	for _, c := range slices.Concat(p.Distributions, p.Debian) {
		versions[c.Name] = version(c.Before) + ">" + version(c.After)
	}
	for name, want := range map[string]string{"flask": "3.0.3>3.0.3", "libpq5": "1.0-1>1.0-1", "git": "1.0-1>"} {
		if versions[name] != want {
			t.Errorf("versions of %s: %q, want %q", name, versions[name], want)
		}
	}
	if l := p.FatLayers; len(l) != 12 || l[6].From != "original base" || l[7].From != "image" || l[7].Title != "WORKDIR /app" {
		t.Errorf("layers of FAT: %+v", p.FatLayers)
	}
	if !slices.ContainsFunc(rep.Platforms[0].Config, func(c report.SettingChange) bool { return c.Field == "Labels.org.opencontainers.image.base.name" }) {
		t.Errorf("differences of the configuration: %+v", rep.Platforms[0].Config)
	}
}

func version(v *report.PackageVersion) string {
	if v == nil {
		return ""
	}
	return v.Version
}

// Who asks for a report of a run that has nothing to do gets the whole one, and
// the destination is left alone.
func TestUpToDateDocuments(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]sample.Config{"docker": {}, "oci": {MediaType: types.OCIManifestSchema1}} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{})
			h.push("app:fat", sample.Fat, config)
			first, err := h.slim("app:fat", "app:slim", pictured)
			if err != nil {
				t.Fatal(err)
			}
			for option, change := range map[string]func(*assemble.RefOptions){"picture": pictured, "details": func(o *assemble.RefOptions) { o.Details = true }} {
				h.forget()
				again, err := h.slim("app:fat", "app:slim", change)
				if err != nil {
					t.Fatal(err)
				}
				if !again.UpToDate || !again.Unchanged || again.Result != first.Result || len(again.Pushed) > 0 {
					t.Errorf("%s: %+v", option, again)
				}
				if sent := h.seen("^(PUT|POST|PATCH|DELETE) "); len(sent) > 0 {
					t.Errorf("%s: written: %v", option, sent)
				}
				p, was := again.Platforms[0], first.Platforms[0]
				if !reflect.DeepEqual(p.Verdicts, was.Verdicts) || (p.Picture != nil) != (option == "picture") {
					t.Errorf("%s: the report is not whole", option)
				}
				if option == "picture" && !reflect.DeepEqual(p.Picture, was.Picture) {
					t.Error("the picture is another one")
				}
			}
		})
	}
}

// The command line in a report makes the same result again.
func TestCommand(t *testing.T) {
	t.Parallel()
	h := lab(t)
	rep, err := h.slim("app:fat", "app:slim", func(o *assemble.RefOptions) { o.Select.Minimal = true })
	if err != nil {
		t.Fatal(err)
	}
	base := h.ref("library/python:3.9.2-slim-bullseye")
	want := []string{
		"slimify", "--base", base.String() + "@" + digest(t, base), "--minimal",
		h.host + "/app@" + digest(t, h.ref("app:fat")), h.host + "/app:slim",
	}
	if !slices.Equal(rep.Command, want) {
		t.Errorf("command %q, want %q", rep.Command, want)
	}
	again, err := assemble.SlimRef(t.Context(), parse(t, want[4]), h.ref("app:again"), assemble.RefOptions{
		Choices: analyze.Choices{Base: parse(t, want[2]), Select: selection.Options{Minimal: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if again.Result.Digest != rep.Result.Digest {
		t.Errorf("the command gives %s, and not %s", again.Result.Digest, rep.Result.Digest)
	}
}
