package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/layers/layertest"
	"github.com/slimify/slimify/testdata/e2e/lab"
)

// pip accepts the file of --freeze: without hashes if the image has none, and with
// hashes if it has; it refuses a wrong hash.
func TestFreeze(t *testing.T) {
	lab.Need(t)
	if out, err := exec.Command("python3", "-m", "pip", "--version").CombinedOutput(); err != nil {
		t.Skipf("no pip on this machine: %v\n%s", err, out)
	}
	fat, dir := lab.Registry()+"/seed/flask:3.11", t.TempDir()
	pins, hashed, wheels := filepath.Join(dir, "pins.txt"), filepath.Join(dir, "hashed.txt"), filepath.Join(dir, "wheels")
	lab.Slim(t, "--freeze", pins, fat, lab.Fresh("e2e/freeze"))
	download := func(file, to string, options ...string) (string, error) {
		args := []string{"-m", "pip", "download", "-q", "--no-cache-dir", "--no-deps", "--only-binary=:all:", "--python-version=3.11", "-d", to, "-r", file}
		out, err := exec.Command("python3", append(args, options...)...).CombinedOutput()
		return string(out), err
	}
	if out, err := download(pins, wheels); err != nil {
		t.Fatalf("pip: %v\n%s", err, out)
	}

	// The image as it would be if the wheels had been copied there.
	files, err := filepath.Glob(filepath.Join(wheels, "*.whl"))
	if err != nil || len(files) < 7 {
		t.Fatalf("pip took %v, %v", files, err)
	}
	entries := []layertest.Entry{layertest.Dir("wheels")}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, layertest.File("wheels/"+filepath.Base(f), string(content)))
	}
	withWheels := lab.Registry() + "/e2e/freeze:wheels"
	add(t, fat, withWheels, entries)
	lab.Slim(t, "--freeze", hashed, withWheels, lab.Fresh("e2e/freeze"))
	content, err := os.ReadFile(hashed)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(content), "\n    --hash=sha256:"); n != len(files) {
		t.Errorf("%d hashes of %d wheels:\n%s", n, len(files), content)
	}
	if out, err := download(hashed, filepath.Join(dir, "again"), "--require-hashes"); err != nil {
		t.Errorf("pip: %v\n%s", err, out)
	}
	wrong := regexp.MustCompile(`sha256:[0-9a-f]{64}`).ReplaceAllString(string(content), "sha256:"+strings.Repeat("0", 64))
	if err := os.WriteFile(hashed, []byte(wrong), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := download(hashed, filepath.Join(dir, "wrong"), "--require-hashes"); err == nil || !strings.Contains(out, "DO NOT MATCH THE HASHES") {
		t.Errorf("pip took archives with other hashes: %v\n%s", err, out)
	}
}

// add puts an image with one more layer into the registry.
func add(t *testing.T, from, to string, entries []layertest.Entry) {
	t.Helper()
	src, err := reference.Parse(from)
	if err != nil {
		t.Fatal(err)
	}
	dst, err := reference.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	session, err := reference.NewSession(reference.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = session.Close() }()
	opened, err := session.Open(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = opened.Close() }()
	img, err := mutate.AppendLayers(opened.Image, static.NewLayer(layertest.Tar(entries...), types.DockerUncompressedLayer))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := session.Write(t.Context(), dst, img); err != nil {
		t.Fatal(err)
	}
}
