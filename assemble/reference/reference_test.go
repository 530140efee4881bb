package reference_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"

	"github.com/slimify/slimify/assemble/reference"
)

// noEnv hides the tester's own credentials.
func noEnv(string) string { return "" }

func newSession(t *testing.T, opts reference.Options) *reference.Session {
	t.Helper()
	if opts.Getenv == nil {
		opts.Getenv = noEnv
	}
	if opts.TempDir == "" {
		opts.TempDir = t.TempDir()
	}
	s, err := reference.NewSession(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := filepath.Glob(filepath.Join(opts.TempDir, "*")); len(left) > 0 && !strings.Contains(opts.TempDir, "no-such") {
			t.Errorf("left in the spool: %q", left)
		}
	})
	return s
}

// newServer serves h and returns its host:port.
func newServer(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func newRegistry() http.Handler {
	return registry.New(registry.Logger(log.New(io.Discard, "", 0)))
}

func mustParse(t *testing.T, s string) reference.Ref {
	t.Helper()
	ref, err := reference.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func randomImage(t *testing.T) v1.Image {
	t.Helper()
	img, err := random.Image(1024, 3)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// twoPlatforms is an index of two images and BuildKit's attestation for the
// first.
func twoPlatforms(t *testing.T) v1.ImageIndex {
	t.Helper()
	add := func(os, arch string) mutate.IndexAddendum {
		return mutate.IndexAddendum{
			Add:        randomImage(t),
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: os, Architecture: arch}},
		}
	}
	return mutate.AppendManifests(empty.Index, add("linux", "amd64"), add("linux", "arm64"), add("unknown", "unknown"))
}

func digestOf(t *testing.T, a reference.Artifact) v1.Hash {
	t.Helper()
	h, err := a.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func imageID(t *testing.T, img v1.Image) v1.Hash {
	t.Helper()
	h, err := img.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func mustWrite(t *testing.T, s *reference.Session, ref reference.Ref, a reference.Artifact) v1.Hash {
	t.Helper()
	h, err := s.Write(t.Context(), ref, a)
	if err != nil {
		t.Fatalf("Write(%s): %v", ref, err)
	}
	return h
}

func mustOpen(t *testing.T, s *reference.Session, ref reference.Ref) *reference.Source {
	t.Helper()
	src, err := s.Open(t.Context(), ref)
	if err != nil {
		t.Fatalf("Open(%s): %v", ref, err)
	}
	t.Cleanup(func() {
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	})
	return src
}

// drain reads all blobs of an image, compressed and uncompressed.
func drain(img v1.Image) error {
	if _, err := img.RawConfigFile(); err != nil {
		return err
	}
	layers, err := img.Layers()
	if err != nil {
		return err
	}
	for _, l := range layers {
		for _, open := range []func() (io.ReadCloser, error){l.Compressed, l.Uncompressed} {
			rc, err := open()
			if err != nil {
				return err
			}
			if _, err := io.Copy(io.Discard, rc); err != nil {
				_ = rc.Close()
				return err
			}
			if err := rc.Close(); err != nil {
				return err
			}
		}
		if _, err := l.DiffID(); err != nil {
			return err
		}
	}
	return nil
}

func canceledContext() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

var zeroTime time.Time

// layerArtifact gives a layer the methods of an artifact.
type layerArtifact struct{ v1.Layer }

func (layerArtifact) RawManifest() ([]byte, error) { return nil, nil }

func pemOf(cert *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
}
