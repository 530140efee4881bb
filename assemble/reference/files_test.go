//go:build unix

package reference_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble/reference"
)

// snapshot is every file below dir with its content.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			files[path] = "directory"
			return err
		}
		raw, err := os.ReadFile(path)
		files[path] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func sameSnapshot(t *testing.T, before, after map[string]string) {
	t.Helper()
	for path := range after {
		if _, ok := before[path]; !ok {
			t.Errorf("%s is new", path)
		}
	}
	for path, content := range before {
		if after[path] != content {
			t.Errorf("%s has changed", path)
		}
	}
}

// brokenLayer claims size bytes and fails after some.
type brokenLayer struct{ v1.Layer }

var errBroken = errors.New("broken on purpose")

func (brokenLayer) Compressed() (io.ReadCloser, error) {
	return io.NopCloser(io.MultiReader(strings.NewReader("some"), errReader{})), nil
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errBroken }

// lyingLayer has content that does not match its digest.
type lyingLayer struct{ v1.Layer }

func (lyingLayer) Compressed() (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("other bytes")), nil
}

func appendLayer(t *testing.T, l v1.Layer) v1.Image {
	t.Helper()
	img, err := mutate.AppendLayers(randomImage(t), l)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestFailedWriteChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSession(t, reference.Options{})
	layer := static.NewLayer([]byte("right bytes"), types.DockerLayer)
	for _, scheme := range []string{"oci:%s/out:1", "oci-archive:%s/out.tar", "docker-archive:%s/out.tar:app:1"} {
		for name, layer := range map[string]v1.Layer{"broken": brokenLayer{layer}, "lying": lyingLayer{layer}} {
			for _, existing := range []bool{false, true} {
				if name == "lying" && strings.HasPrefix(scheme, "docker") {
					continue // tarball.Write trusts its layers; those that Open gives verify themselves
				}
				t.Run(fmt.Sprintf("%s %s existing=%v", scheme, name, existing), func(t *testing.T) {
					dir := t.TempDir()
					ref := mustParse(t, fmt.Sprintf(scheme, dir))
					if existing {
						mustWrite(t, s, ref, randomImage(t))
					}
					before := snapshot(t, dir)
					_, err := s.Write(t.Context(), ref, appendLayer(t, layer))
					var corrupt *reference.CorruptError
					if name == "broken" && !errors.Is(err, errBroken) || name == "lying" && !errors.As(err, &corrupt) {
						t.Errorf("Write = %v", err)
					}
					sameSnapshot(t, before, snapshot(t, dir))
				})
			}
		}
		t.Run(scheme+" canceled", func(t *testing.T) {
			dir := t.TempDir()
			if _, err := s.Write(canceledContext(), mustParse(t, fmt.Sprintf(scheme, dir)), randomImage(t)); err == nil {
				t.Error("written after the end")
			}
			sameSnapshot(t, map[string]string{dir: "directory"}, snapshot(t, dir))
		})
	}
}

func TestUnwritable(t *testing.T) {
	t.Parallel()
	s := newSession(t, reference.Options{})
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	before := []string{file, fifo}
	dangling := filepath.Join(dir, "dangling")
	if err := os.Symlink(dir+"/none", dangling); err != nil {
		t.Fatal(err)
	}
	before = append(before, dangling)
	for _, in := range []string{
		"oci:" + file, "oci:" + file + "/below:1", "oci:" + dangling, "oci:" + dangling + "/below", "oci-archive:" + file + "/x.tar", "docker-archive:" + file + "/x.tar",
		"oci-archive:" + dir + "/none/x.tar", "oci-archive:" + dir, "oci-archive:" + fifo, "docker-archive:/dev/full",
	} {
		ref := mustParse(t, in)
		var output *reference.OutputError
		if err := s.Writable(t.Context(), ref); !errors.As(err, &output) {
			t.Errorf("Writable(%s) = %v, want an *OutputError", in, err)
		}
		if _, err := s.Write(t.Context(), ref, randomImage(t)); !errors.As(err, &output) {
			t.Errorf("Write(%s) = %v, want an *OutputError", in, err)
		}
	}
	left, err := filepath.Glob(dir + "/*")
	if err != nil || len(left) != len(before) {
		t.Errorf("left: %q, %v", left, err)
	}
	for _, in := range []string{"oci-archive:-", "docker-archive:-", "python@sha256:" + hex, "oci:x@sha256:" + hex} {
		var parse *reference.ParseError
		if _, err := s.Write(t.Context(), mustParse(t, in), randomImage(t)); !errors.As(err, &parse) {
			t.Errorf("Write(%s) = %v, want a *ParseError", in, err)
		}
		if err := s.Writable(t.Context(), mustParse(t, in)); !errors.As(err, &parse) {
			t.Errorf("Writable(%s) = %v, want a *ParseError", in, err)
		}
	}
}

func TestWritableLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newSession(t, reference.Options{})
	dir := t.TempDir()
	for _, in := range []string{"oci:%s/a/b:1", "oci-archive:%s/x.tar", "docker-archive:%s/x.tar"} {
		if err := s.Writable(t.Context(), mustParse(t, fmt.Sprintf(in, dir))); err != nil {
			t.Error(err)
		}
	}
	sameSnapshot(t, map[string]string{dir: "directory"}, snapshot(t, dir))
}

// TestLayoutAtOnce: runs that create one layout in parallel, as the pairs of a batch
// do, do not remove each other's files, whether they write, only probe, or fail.
func TestLayoutAtOnce(t *testing.T) {
	t.Parallel()
	s := newSession(t, reference.Options{})
	broken := appendLayer(t, brokenLayer{static.NewLayer([]byte("right bytes"), types.DockerLayer)})
	for range 12 {
		dir := filepath.Join(t.TempDir(), "a", "b")
		var all sync.WaitGroup
		written := make([]v1.Hash, 4)
		for i := range written {
			ref, img := mustParse(t, fmt.Sprintf("oci:%s:%d", dir, i)), randomImage(t)
			all.Go(func() {
				var err error
				if written[i], err = s.Write(t.Context(), ref, img); err != nil {
					t.Errorf("Write: %v", err)
				}
			})
			all.Go(func() {
				if err := s.Writable(t.Context(), ref); err != nil {
					t.Errorf("Writable: %v", err)
				}
			})
			all.Go(func() {
				if _, err := s.Write(t.Context(), ref, broken); !errors.Is(err, errBroken) {
					t.Errorf("Write of what is broken: %v", err)
				}
			})
		}
		all.Wait()
		for i, want := range written {
			src, err := s.Open(t.Context(), mustParse(t, fmt.Sprintf("oci:%s:%d", dir, i)))
			if err != nil {
				t.Fatal(err)
			}
			if src.Digest != want {
				t.Errorf("tag %d is %s, want %s", i, src.Digest, want)
			}
			if err := src.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestTags: a write into a layout replaces the entry with its tag and no other.
func TestTags(t *testing.T) {
	t.Parallel()
	s := newSession(t, reference.Options{})
	dir := t.TempDir()
	ref := func(tag string) reference.Ref { return mustParse(t, "oci:"+dir+tag) }
	foreign := `{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":1,"digest":"sha256:` + hex + `","annotations":{"kind":"other tool"},"x-unknown":true}`
	index := `{"schemaVersion":2,"x-top":1,"manifests":[` + foreign + `]}`
	if err := os.WriteFile(filepath.Join(dir, "index.json"), []byte(index), 0o600); err != nil {
		t.Fatal(err)
	}
	a := mustWrite(t, s, ref(":a"), randomImage(t))
	mustWrite(t, s, ref(":b"), randomImage(t))
	mustWrite(t, s, ref(""), randomImage(t))
	b := mustWrite(t, s, ref(":b"), randomImage(t))
	none := mustWrite(t, s, ref(""), randomImage(t))
	for tag, want := range map[string]v1.Hash{":a": a, ":b": b, "": none} {
		if got := mustOpen(t, s, ref(tag)).Digest; got != want {
			t.Errorf("%q is %s, want %s", tag, got, want)
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Top       int `json:"x-top"`
		Manifests []json.RawMessage
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	if m.Top != 1 || len(m.Manifests) != 4 || string(m.Manifests[0]) != foreign {
		t.Errorf("index.json: %s", raw)
	}
}

func TestAmbiguous(t *testing.T) {
	t.Parallel()
	s := newSession(t, reference.Options{})
	dir := t.TempDir()
	for _, tag := range []string{"b", "a"} {
		mustWrite(t, s, mustParse(t, "oci:"+dir+":"+tag), randomImage(t))
	}
	_, err := s.Open(t.Context(), mustParse(t, "oci:"+dir))
	var ambiguous *reference.AmbiguousError
	if !errors.As(err, &ambiguous) || fmt.Sprint(ambiguous.Choices) != fmt.Sprintf("[oci:%s:a oci:%[1]s:b]", dir) {
		t.Errorf("oci: %v", err)
	}
	file := filepath.Join(dir, "x.tar")
	entry := `{"Config":"c","RepoTags":["app:%d"],"Layers":[]}`
	manifest := fmt.Sprintf("["+entry+","+entry+"]", 1, 2)
	if err := os.WriteFile(file, tarOf(t, tarFile{name: "manifest.json", body: []byte(manifest)}), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = s.Open(t.Context(), mustParse(t, "docker-archive:"+file))
	if !errors.As(err, &ambiguous) || !strings.Contains(err.Error(), "docker-archive:"+file+":app:2") {
		t.Errorf("docker-archive: %v", err)
	}
}

// TestDamagedLayouts damages an archive and a directory in each way that a
// reader must detect.
func TestDamagedLayouts(t *testing.T) {
	t.Parallel()
	s := newSession(t, reference.Options{})
	img := randomImage(t)
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	victim := filepath.Join("blobs", "sha256", digestOf(t, layerArtifact{layers[0]}).Hex)
	for name, damage := range map[string]func(path string) error{
		"corrupt": func(path string) error {
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			raw[len(raw)-1] ^= 1
			return os.WriteFile(path, raw, 0o600)
		},
		"truncated": func(path string) error { return os.Truncate(path, 10) },
		"trailing": func(path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString("x")
			return errors.Join(err, f.Close())
		},
		"missing": os.Remove,
		"outside": func(path string) error {
			outside := filepath.Join(t.TempDir(), "outside")
			return errors.Join(os.Rename(path, outside), os.Symlink(outside, path))
		},
		"fifo": func(path string) error { return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			mustWrite(t, s, mustParse(t, "oci:"+dir), img)
			if err := damage(filepath.Join(dir, victim)); err != nil {
				t.Fatal(err)
			}
			err := drain(mustOpen(t, s, mustParse(t, "oci:"+dir)).Image)
			if err == nil {
				t.Fatal("nobody noticed")
			}
			var corrupt *reference.CorruptError
			if name != "outside" && name != "fifo" && !errors.As(err, &corrupt) {
				t.Errorf("%v, want a *CorruptError", err)
			}
		})
	}
	t.Run("cut archive", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "x.tar")
		for _, scheme := range []string{"oci-archive:", "docker-archive:"} {
			mustWrite(t, s, mustParse(t, scheme+file), img)
			if err := os.Truncate(file, 3000); err != nil {
				t.Fatal(err)
			}
			var corrupt *reference.CorruptError
			if _, err := s.Open(t.Context(), mustParse(t, scheme+file)); !errors.As(err, &corrupt) {
				t.Errorf("%s %v, want a *CorruptError", scheme, err)
			}
		}
	})
	t.Run("wrong format", func(t *testing.T) {
		dir := t.TempDir()
		mustWrite(t, s, mustParse(t, "oci-archive:"+dir+"/oci.tar"), img)
		mustWrite(t, s, mustParse(t, "docker-archive:"+dir+"/docker.tar"), img)
		mustWrite(t, s, mustParse(t, "oci:"+dir+"/layout"), img)
		for in, hint := range map[string]string{
			"docker-archive:" + dir + "/oci.tar": "oci-archive:",
			"oci-archive:" + dir + "/docker.tar": "docker-archive:",
			"oci-archive:" + dir + "/layout":     "oci:",
			"oci:" + dir + "/oci.tar":            "oci-archive:",
		} {
			if _, err := s.Open(t.Context(), mustParse(t, in)); err == nil || !strings.Contains(err.Error(), "use "+hint) {
				t.Errorf("%s: %v, want a hint at %s", in, err, hint)
			}
		}
	})
	t.Run("no standard input", func(t *testing.T) {
		if _, err := s.Open(t.Context(), mustParse(t, "oci-archive:-")); err == nil {
			t.Error("opened nothing")
		}
		empty := newSession(t, reference.Options{Stdin: bytes.NewReader(nil)})
		if _, err := empty.Open(t.Context(), mustParse(t, "oci-archive:-")); err == nil {
			t.Error("opened empty input")
		}
	})
}
