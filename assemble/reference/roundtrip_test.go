package reference_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/slimify/slimify/assemble/reference"
)

// TestRoundTrip copies an image from each transport to each other one.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	host := newServer(t, newRegistry())
	s := newSession(t, reference.Options{})
	place := map[reference.Transport]func(dir, n string) string{
		reference.Registry:      func(_, n string) string { return host + "/app/" + n + ":1" },
		reference.OCI:           func(dir, n string) string { return "oci:" + filepath.Join(dir, n) + ":1" },
		reference.OCIArchive:    func(dir, n string) string { return "oci-archive:" + filepath.Join(dir, n+".tar") + ":1" },
		reference.DockerArchive: func(dir, n string) string { return "docker-archive:" + filepath.Join(dir, n+".tar") + ":app/x:1" },
	}
	img := randomImage(t)
	i := 0
	for from, placeFrom := range place {
		for to, placeTo := range place {
			i++
			t.Run(fmt.Sprintf("%s to %s", from, to), func(t *testing.T) {
				dir := t.TempDir()
				first := mustParse(t, placeFrom(dir, fmt.Sprintf("a%d", i)))
				second := mustParse(t, placeTo(dir, fmt.Sprintf("b%d", i)))
				if err := s.Writable(t.Context(), first); err != nil {
					t.Fatal(err)
				}
				mustWrite(t, s, first, img)
				src := mustOpen(t, s, first)
				if err := drain(src.Image); err != nil {
					t.Fatal(err)
				}
				got := mustWrite(t, s, second, src.Image)
				dst := mustOpen(t, s, second)
				if err := drain(dst.Image); err != nil {
					t.Fatal(err)
				}
				if dst.Digest != got {
					t.Errorf("Write returned %s and Open %s", got, dst.Digest)
				}
				if imageID(t, dst.Image) != imageID(t, img) {
					t.Error("the config has changed")
				}
				want, err := reference.Identity(second, src.Image)
				if err != nil || got != want {
					t.Errorf("Write returned %s and Identity %s, %v", got, want, err)
				}
				if from == to && from != reference.DockerArchive && got != src.Digest {
					t.Errorf("digest %s, want that of the source, %s", got, src.Digest)
				}
				if to == reference.DockerArchive && got != imageID(t, img) {
					t.Errorf("image ID %s, want %s", got, imageID(t, img))
				}
				layout := to == reference.OCI || to == reference.OCIArchive
				if oci := dst.MediaType == types.OCIManifestSchema1; layout && !oci {
					t.Errorf("a layout holds a %s, which other tools do not see", dst.MediaType)
				}
			})
		}
	}
}

func TestRoundTripIndex(t *testing.T) {
	t.Parallel()
	host := newServer(t, newRegistry())
	s := newSession(t, reference.Options{})
	dir := t.TempDir()
	idx := twoPlatforms(t)
	var a reference.Artifact = idx
	for _, to := range []string{host + "/i:1", "oci:" + dir + "/d:1", "oci-archive:" + dir + "/f.tar", host + "/j:1"} {
		ref := mustParse(t, to)
		if got := mustWrite(t, s, ref, a); got != digestOf(t, idx) {
			t.Errorf("%s: digest %s", to, got)
		}
		src := mustOpen(t, s, ref)
		if src.Image != nil || src.Digest != digestOf(t, idx) {
			t.Fatalf("%s: opened as image %v, digest %s", to, src.Image, src.Digest)
		}
		children, err := src.Children()
		if err != nil || len(children) != 3 {
			t.Fatalf("%s: children %v, %v", to, children, err)
		}
		for _, c := range children {
			img, err := c.Image()
			if err != nil {
				t.Fatal(err)
			}
			if err := drain(img); err != nil {
				t.Fatal(err)
			}
		}
		a = src.Index
	}
	_, err := s.Write(t.Context(), mustParse(t, "docker-archive:"+dir+"/d.tar"), idx)
	var unsupported *reference.UnsupportedError
	if !errors.As(err, &unsupported) {
		t.Errorf("an index of two to a Docker archive: %v", err)
	}
	if _, err := os.Stat(dir + "/d.tar"); err == nil {
		t.Error("a failed write left its file")
	}
}

// TestCompressedArchives reads archives as gzip, as zstd and from standard input.
func TestCompressedArchives(t *testing.T) {
	t.Parallel()
	img := randomImage(t)
	for _, transport := range []string{"oci-archive", "docker-archive"} {
		dir := t.TempDir()
		plain := filepath.Join(dir, "plain.tar")
		mustWrite(t, newSession(t, reference.Options{}), mustParse(t, transport+":"+plain), img)
		raw, err := os.ReadFile(plain)
		if err != nil {
			t.Fatal(err)
		}
		for name, compress := range map[string]func(io.Writer) io.WriteCloser{
			"gzip": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
			"zstd": func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z },
		} {
			t.Run(transport+" "+name, func(t *testing.T) {
				var buf bytes.Buffer
				w := compress(&buf)
				if _, err := w.Write(raw); err != nil {
					t.Fatal(err)
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				file := filepath.Join(t.TempDir(), "x.tar.z")
				if err := os.WriteFile(file, buf.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
				s := newSession(t, reference.Options{Stdin: &buf})
				// Standard input twice: it is read once.
				for _, path := range []string{file, "-", "-"} {
					src := mustOpen(t, s, mustParse(t, transport+":"+path))
					if imageID(t, src.Image) != imageID(t, img) {
						t.Errorf("%s: another image", path)
					}
					if err := drain(src.Image); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

func TestArchiveDeterministic(t *testing.T) {
	t.Parallel()
	s := newSession(t, reference.Options{})
	dir := t.TempDir()
	idx := twoPlatforms(t)
	var first []byte
	for _, name := range []string{"a.tar", "b.tar"} {
		mustWrite(t, s, mustParse(t, "oci-archive:"+filepath.Join(dir, name)+":1"), idx)
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = raw
		} else if !bytes.Equal(first, raw) {
			t.Error("the same image gave another archive")
		}
	}
}

// TestDockerUncompressed reads an archive of an older docker save: layers that
// are not compressed, one of them a link to another.
func TestDockerUncompressed(t *testing.T) {
	t.Parallel()
	img := randomImage(t)
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.RawConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	files := []tarFile{{name: "./abc.json", body: config}}
	names := ""
	for i, l := range layers {
		rc, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files,
			tarFile{name: fmt.Sprintf("l%d/real.tar", i), body: body},
			tarFile{name: fmt.Sprintf("l%d/layer.tar", i), link: "../" + fmt.Sprintf("l%d/real.tar", i)})
		if i > 0 {
			names += ","
		}
		names += fmt.Sprintf("%q", fmt.Sprintf("l%d/layer.tar", i))
	}
	files = append(files, tarFile{name: "manifest.json", body: fmt.Appendf(nil, `[{"Config":"abc.json","RepoTags":["app:1"],"Layers":[%s]}]`, names)})
	file := filepath.Join(t.TempDir(), "x.tar")
	if err := os.WriteFile(file, tarOf(t, files...), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSession(t, reference.Options{})
	for _, ref := range []string{"docker-archive:" + file, "docker-archive:" + file + ":docker.io/library/app:1"} {
		src := mustOpen(t, s, mustParse(t, ref))
		if err := drain(src.Image); err != nil {
			t.Fatal(err)
		}
		if src.Digest != imageID(t, img) {
			t.Errorf("image ID %s", src.Digest)
		}
		got, err := src.Image.Layers()
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range got {
			want, err := layers[i].DiffID()
			if err != nil {
				t.Fatal(err)
			}
			diffID, err := l.DiffID()
			if mt, _ := l.MediaType(); diffID != want || err != nil || mt != types.DockerUncompressedLayer {
				t.Errorf("layer %d: %s, %v, %v", i, diffID, mt, err)
			}
		}
	}
	var missing *reference.NotFoundError
	if _, err := s.Open(t.Context(), mustParse(t, "docker-archive:"+file+":other:1")); !errors.As(err, &missing) {
		t.Errorf("another name: %v", err)
	}
}

// TestDigestReadsBack opens a layout by the reference that a run prints.
func TestDigestReadsBack(t *testing.T) {
	t.Parallel()
	s := newSession(t, reference.Options{})
	dir := t.TempDir()
	var first v1.Hash
	for i, tag := range []string{"a", "b"} {
		h := mustWrite(t, s, mustParse(t, "oci:"+dir+":"+tag), randomImage(t))
		if i == 0 {
			first = h
		}
	}
	src := mustOpen(t, s, mustParse(t, mustParse(t, "oci:"+dir).Pinned(first)))
	if src.Digest != first {
		t.Errorf("opened %s", src.Digest)
	}
}
