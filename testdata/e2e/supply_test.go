package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/slimify/slimify/testdata/e2e/lab"
)

// validator makes a virtual environment with the formats' own tools, and returns the
// command that validates documents.
func validator(t *testing.T) []string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "venv")
	if out, err := exec.Command("python3", "-m", "venv", dir).CombinedOutput(); err != nil {
		t.Skipf("python3 cannot make a virtual environment (Debian's python3-venv): %v\n%s", err, out)
	}
	python := filepath.Join(dir, "bin", "python")
	if out, err := exec.Command(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", "supply/requirements.txt").CombinedOutput(); err != nil {
		t.Skipf("pip cannot install the validators: %v\n%s", err, out)
	}
	return []string{python, "supply/validate.py"}
}

// bom is what the tests read of both forms of bills: package URLs, and the sums of
// files.
type bom struct {
	purls []string
	files map[string]string // path without a leading slash: SHA-256
}

func readSPDX(t *testing.T, file string) bom {
	t.Helper()
	var doc struct {
		Packages []struct {
			ExternalRefs []struct{ ReferenceLocator string }
		}
		Files []struct {
			FileName  string
			Checksums []struct{ Algorithm, ChecksumValue string }
		}
	}
	read(t, file, &doc)
	b := bom{files: make(map[string]string)}
	for _, p := range doc.Packages {
		for _, ref := range p.ExternalRefs {
			b.purls = append(b.purls, ref.ReferenceLocator)
		}
	}
	for _, f := range doc.Files {
		for _, c := range f.Checksums {
			if c.Algorithm == "SHA256" {
				b.files[strings.TrimPrefix(f.FileName, "./")] = c.ChecksumValue
			}
		}
	}
	return b
}

// cdxComponent is a component of CycloneDX.
type cdxComponent struct {
	Name, PURL string
	Hashes     []struct{ Alg, Content string }
	Components []cdxComponent
}

func readCycloneDX(t *testing.T, file string) bom {
	t.Helper()
	var doc struct {
		Metadata   struct{ Component cdxComponent }
		Components []cdxComponent
	}
	read(t, file, &doc)
	b := bom{files: make(map[string]string)}
	for _, c := range append(doc.Components, doc.Metadata.Component) {
		if c.PURL != "" {
			b.purls = append(b.purls, c.PURL)
		}
		for _, f := range c.Components {
			for _, h := range f.Hashes {
				if h.Alg == "SHA-256" {
					b.files[strings.TrimPrefix(f.Name, "/")] = h.Content
				}
			}
		}
	}
	return b
}

func read(t *testing.T, file string, v any) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(raw, v)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// packages asks an image's own programs what is installed, as package URLs without
// qualifiers. What dpkg cannot know stands in status.d.
func packages(t *testing.T, c *lab.Container) []string {
	t.Helper()
	debs, err := c.Output("sh", "-c", `dpkg-query -W -f '${db:Status-Abbrev} pkg:deb/debian/${Package}@${Version}\n'
for file in /var/lib/dpkg/status.d/*; do
	case $file in *.md5sums | *'*') ;; *) printf 'ii pkg:deb/debian/%s@%s\n' "$(sed -n 's/^Package: //p' "$file")" "$(sed -n 's/^Version: //p' "$file")" ;; esac
done`)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(debs) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == "ii" {
			out = append(out, strings.ReplaceAll(f[1], "+", "%2B"))
		}
	}
	dists, err := c.Output("python", "-c", `
import importlib.metadata, platform, re
for d in importlib.metadata.distributions():
    print("pkg:pypi/%s@%s" % (re.sub("[-_.]+", "-", d.metadata["Name"]).lower(), d.version.replace("+", "%2B")))
print("pkg:generic/python@" + platform.python_version())`)
	if err != nil {
		t.Fatal(err)
	}
	return append(out, strings.Fields(dists)...)
}

// rootFiles sums the regular files below a directory.
func rootFiles(t *testing.T, root string) map[string]string {
	t.Helper()
	out := make(map[string]string)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		sum := sha256.New()
		if _, err := io.Copy(sum, f); err != nil {
			return err
		}
		out[strings.TrimPrefix(path, root+"/")] = hex.EncodeToString(sum.Sum(nil))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The bills list what the image's own programs say is installed, and every file with
// its sum; what is attached is the same, and valid by the formats' own tools; skopeo
// finds it from the image in a registry without the referrers API.
func TestSupplyChain(t *testing.T) {
	lab.Need(t)
	validate := validator(t)
	for _, c := range []struct {
		name, fat string
		options   []string
	}{
		{"flask", lab.Registry() + "/seed/flask:3.9", nil},
		{"packages", lab.Registry() + "/seed/flask:3.11", []string{"--keep", "deb:git"}},
		{"native", lab.Build(t, "native", "e2e/native:fat"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			spdx, cdx := filepath.Join(dir, "app.spdx.json"), filepath.Join(dir, "app.cdx.json")
			repo := lab.Registry() + "/e2e/supply-" + c.name
			args := append(c.options, "--attach", "sbom,provenance,report", "--sbom", spdx, "--sbom", cdx, c.fat, repo+":slim")
			digest := lab.Slim(t, args...)

			container := lab.New(t, repo+":slim")
			files, want := rootFiles(t, container.Root), packages(t, container)
			for name, got := range map[string]bom{"SPDX": readSPDX(t, spdx), "CycloneDX": readCycloneDX(t, cdx)} {
				compareBOM(t, name, got, want, files)
			}
			statement := filepath.Join(dir, "provenance.intoto.json")
			for typ, content := range attachments(t, repo, digest) {
				local := map[string]string{"application/spdx+json": spdx, "application/vnd.cyclonedx+json": cdx}[typ]
				if local != "" {
					if written, err := os.ReadFile(local); err != nil || string(written) != string(content) {
						t.Errorf("what is attached as %s is not what --sbom wrote (%v)", typ, err)
					}
				}
				if typ == "application/vnd.in-toto+json" {
					if err := os.WriteFile(statement, content, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
			lab.Tool(t, validate[0], append(validate[1:], spdx, cdx, statement)...)

			if r := lab.Run(t, args...); r.Code != 0 || !strings.Contains(r.Stderr, " 0 B up") {
				t.Errorf("the second run wrote something: exit status %d\n%s", r.Code, r.Stderr)
			}
		})
	}
}

// compareBOM compares a bill with the packages and the files of a container.
func compareBOM(t *testing.T, name string, got bom, packages []string, files map[string]string) {
	t.Helper()
	var listed []string
	for _, purl := range got.purls {
		if bare, _, _ := strings.Cut(purl, "?"); !strings.HasPrefix(bare, "pkg:oci/") {
			listed = append(listed, bare)
		}
	}
	slices.Sort(listed)
	slices.Sort(packages)
	if !slices.Equal(listed, packages) {
		t.Errorf("%s lists\n%s\nin the container there are\n%s", name, strings.Join(listed, "\n"), strings.Join(packages, "\n"))
	}
	for path, sum := range files {
		if got.files[path] != sum {
			t.Errorf("%s: /%s has %q, the container's %s", name, path, got.files[path], sum)
		}
	}
	for path := range got.files {
		if files[path] == "" {
			t.Errorf("%s: there is no /%s in the container", name, path)
		}
	}
}

// attachments reads with skopeo what refers to an image, by its type: the index under
// the referrers' tag, and what that lists.
func attachments(t *testing.T, repo, digest string) map[string][]byte {
	t.Helper()
	var index struct {
		Manifests []struct{ Digest, ArtifactType string }
	}
	raw := lab.Tool(t, "skopeo", "inspect", "--raw", "--tls-verify=false", "docker://"+repo+":"+strings.Replace(digest, ":", "-", 1))
	if err := json.Unmarshal([]byte(raw), &index); err != nil {
		t.Fatal(err)
	}
	out := make(map[string][]byte)
	for _, m := range index.Manifests {
		dir := filepath.Join(t.TempDir(), "artifact")
		lab.Tool(t, "skopeo", "copy", "-q", "--src-tls-verify=false", "docker://"+repo+"@"+m.Digest, "dir:"+dir)
		var manifest struct {
			Subject struct{ Digest string }
			Layers  []struct{ Digest string }
		}
		read(t, filepath.Join(dir, "manifest.json"), &manifest)
		if manifest.Subject.Digest != digest || len(manifest.Layers) != 1 || out[m.ArtifactType] != nil {
			t.Fatalf("%s refers to %s, the image is %s; or it is there twice", m.ArtifactType, manifest.Subject.Digest, digest)
		}
		content, err := os.ReadFile(filepath.Join(dir, strings.TrimPrefix(manifest.Layers[0].Digest, "sha256:")))
		if err != nil {
			t.Fatal(err)
		}
		out[m.ArtifactType] = content
	}
	if len(out) != 4 {
		t.Errorf("%d documents are attached, want 4", len(out))
	}
	return out
}
