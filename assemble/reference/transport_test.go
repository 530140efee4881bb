package reference_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/slimify/slimify/assemble/reference"
)

// TestRequests holds the number of requests: one ping for a registry, one GET for a
// manifest however often it is used.
func TestRequests(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []string
	h := newRegistry()
	host := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen = append(seen, r.Method+" "+r.URL.Path)
		mu.Unlock()
		h.ServeHTTP(w, r)
	}))
	idx := twoPlatforms(t)
	setup := newSession(t, reference.Options{})
	for _, repo := range []string{"a", "b"} {
		mustWrite(t, setup, mustParse(t, host+"/"+repo+":1"), idx)
	}
	seen = nil
	var counter reference.Counter
	s := newSession(t, reference.Options{Counter: &counter, UserAgent: "slimify/test"})
	for _, repo := range []string{"a", "b"} {
		src := mustOpen(t, s, mustParse(t, host+"/"+repo+":1"))
		for range 2 {
			children, err := src.Children()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := children[0].Image(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(seen) != 5 {
		t.Errorf("%d requests: %q", len(seen), seen)
	}
	// The TLS handshake tried for loopback is not a request.
	if got := counter.Requests.Load(); got != 5 {
		t.Errorf("counted %d requests", got)
	}
	if counter.Downloaded.Load() == 0 || counter.Uploaded.Load() != 0 {
		t.Errorf("counted %d bytes down, %d up", counter.Downloaded.Load(), counter.Uploaded.Load())
	}
}

// TestSilence: a session asks a registry that cannot be reached only once; the next
// session asks again.
func TestSilence(t *testing.T) {
	t.Parallel()
	listen := func(addr string) net.Listener {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	l := listen("127.0.0.1:0")
	host := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	open := func(s *reference.Session, tag string) error {
		src, err := s.Open(t.Context(), mustParse(t, host+"/app:"+tag))
		if err == nil {
			err = src.Close()
		}
		return err
	}
	s := newSession(t, reference.Options{})
	var unreachable *reference.UnreachableError
	if err := open(s, "1"); !errors.As(err, &unreachable) {
		t.Fatalf("Open = %v, want an *UnreachableError", err)
	}
	srv := &httptest.Server{Listener: listen(host), Config: &http.Server{Handler: newRegistry()}}
	srv.Start()
	t.Cleanup(srv.Close)
	if err := open(s, "2"); !errors.As(err, &unreachable) || unreachable.Registry != host {
		t.Errorf("Open = %v, want an *UnreachableError", err)
	}
	var missing *reference.NotFoundError
	if err := open(newSession(t, reference.Options{}), "2"); !errors.As(err, &missing) {
		t.Errorf("Open = %v, want a *NotFoundError", err)
	}
}

// TestCounter checks bytes up and a mount, which the registry of
// go-containerregistry never answers with 201.
func TestCounter(t *testing.T) {
	t.Parallel()
	h := newRegistry()
	var agent atomic.Value
	host := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		agent.Store(r.UserAgent())
		isBlob := r.Method == http.MethodHead && strings.Contains(r.URL.Path, "/v2/to/blobs/")
		switch {
		case r.URL.Query().Get("mount") != "" && r.URL.Query().Get("from") == "from":
			w.WriteHeader(http.StatusCreated)
		case isBlob:
			w.WriteHeader(http.StatusNotFound) // it shares blobs between repositories
		default:
			h.ServeHTTP(w, r)
		}
	}))
	img := randomImage(t)
	var counter reference.Counter
	s := newSession(t, reference.Options{Counter: &counter, UserAgent: "slimify/test"})
	mustWrite(t, s, mustParse(t, host+"/from:1"), img)
	up := counter.Uploaded.Load()
	if up < 3*1024 {
		t.Errorf("uploaded %d bytes", up)
	}
	if agent.Load() != "slimify/test" {
		t.Errorf("User-Agent %q", agent.Load())
	}
	src := mustOpen(t, s, mustParse(t, host+"/from:1"))
	layers, err := src.Image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := layers[0].(*remote.MountableLayer); !ok {
		t.Fatalf("layers are %T", layers[0])
	}
	down := counter.Downloaded.Load()
	mustWrite(t, s, mustParse(t, host+"/to:1"), src.Image)
	if got := counter.Mounted.Load(); got != 4 { // three layers and the config
		t.Errorf("mounted %d", got)
	}
	raw, _ := img.RawManifest()
	config, _ := img.RawConfigFile()
	if got := counter.Uploaded.Load() - up; got != int64(len(raw)) {
		t.Errorf("uploaded %d bytes beside the mounts", got)
	}
	if got := counter.Downloaded.Load() - down; got > int64(len(config))+2048 {
		t.Errorf("downloaded %d bytes for a mount", got)
	}
}

// TestBlobs serves one layer wrongly in several ways.
func TestBlobs(t *testing.T) {
	t.Parallel()
	img, err := random.Image(100_000, 1)
	if err != nil {
		t.Fatal(err)
	}
	layers, _ := img.Layers()
	victim := digestOf(t, layerArtifact{layers[0]}).String()
	for _, tc := range []struct {
		name  string
		retry int
		fails bool
		serve func(w http.ResponseWriter, r *http.Request, blob []byte)
	}{
		{"corrupt", 0, true, func(w http.ResponseWriter, _ *http.Request, blob []byte) {
			blob = bytes.Clone(blob)
			blob[len(blob)/2] ^= 1
			_, _ = w.Write(blob)
		}},
		{"truncated", 0, true, func(w http.ResponseWriter, _ *http.Request, blob []byte) { cut(w, blob) }},
		{"cut and resumed", 3, false, func(w http.ResponseWriter, r *http.Request, blob []byte) {
			if r.Header.Get("Range") == "" {
				cut(w, blob)
				return
			}
			http.ServeContent(w, r, "", zeroTime, bytes.NewReader(blob))
		}},
		{"cut and resumed elsewhere", 1, true, func(w http.ResponseWriter, r *http.Request, blob []byte) {
			if r.Header.Get("Range") == "" {
				cut(w, blob)
				return
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(blob)-1, len(blob)))
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(blob)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newRegistry()
			host := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, victim) {
					h.ServeHTTP(w, r)
					return
				}
				rec := httptest.NewRecorder()
				plain := r.Clone(r.Context())
				plain.Header.Del("Range")
				h.ServeHTTP(rec, plain)
				tc.serve(w, r, rec.Body.Bytes())
			}))
			s := newSession(t, reference.Options{Retry: tc.retry})
			ref := mustParse(t, host+"/app:1")
			mustWrite(t, s, ref, img)
			src := mustOpen(t, s, ref)
			if err := drain(src.Image); (err != nil) != tc.fails {
				t.Errorf("reading: %v", err)
			}
			out := filepath.Join(t.TempDir(), "out")
			_, err := s.Write(t.Context(), mustParse(t, "oci:"+out), src.Image)
			if (err != nil) != tc.fails {
				t.Errorf("copying: %v", err)
			}
			if _, err := os.Stat(out); tc.fails && err == nil {
				t.Error("a failed copy left its directory")
			}
		})
	}
}

// cut announces the whole blob and sends half.
func cut(w http.ResponseWriter, blob []byte) {
	w.Header().Set("Content-Length", fmt.Sprint(len(blob)))
	_, _ = w.Write(blob[:len(blob)/2])
}

func TestMirror(t *testing.T) {
	t.Parallel()
	mirror, origin := newServer(t, newRegistry()), newServer(t, newRegistry())
	plain := newSession(t, reference.Options{})
	mirrored, own := randomImage(t), randomImage(t)
	mustWrite(t, plain, mustParse(t, mirror+"/proxy/app:1"), mirrored)
	mustWrite(t, plain, mustParse(t, origin+"/app:1"), own)
	mustWrite(t, plain, mustParse(t, origin+"/app:2"), own)

	s := newSession(t, reference.Options{Mirrors: map[string]string{origin: mirror + "/proxy"}})
	for in, want := range map[string]v1.Image{"/app:1": mirrored, "/app:2": own} {
		src := mustOpen(t, s, mustParse(t, origin+in))
		if src.Digest != digestOf(t, want) || src.Ref.String() != origin+in {
			t.Errorf("%s: %s from %s", in, src.Digest, src.Ref)
		}
		m, err := src.Image.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		// Only the host that served the manifest has the blob.
		if _, err := src.Tail(t.Context(), m.Layers[0], 4); err != nil {
			t.Errorf("%s: the end of a layer: %v", in, err)
		}
		if head, err := s.Head(t.Context(), mustParse(t, origin+in)); err != nil || head != src.Digest {
			t.Errorf("%s: HEAD gives %s, %v", in, head, err)
		}
		// Current asks the destination, not the mirror.
		if is, err := s.Current(t.Context(), mustParse(t, origin+in)); err != nil || is.Digest != digestOf(t, own) {
			t.Errorf("%s is now %+v, %v", in, is, err)
		}
	}
}

func TestMirrorErrors(t *testing.T) {
	t.Parallel()
	for from, to := range map[string]string{"": "m.example", "r.example": "", "a.example": "mirror", "b.example": "M.example/A"} {
		if _, err := reference.NewSession(reference.Options{Mirrors: map[string]string{from: to}}); err == nil {
			t.Errorf("%s=%s passed", from, to)
		}
	}
}

// TestInsecure reaches a TLS registry with a self-signed certificate.
func TestInsecure(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(newRegistry())
	t.Cleanup(server.Close)
	server.Config.ErrorLog = nil
	host := strings.TrimPrefix(server.URL, "https://")
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pemOf(server.Certificate()), 0o600); err != nil {
		t.Fatal(err)
	}
	ref := mustParse(t, host+"/app:1")
	for _, opts := range []reference.Options{{Insecure: []string{host}}, {CAFile: ca}} {
		mustWrite(t, newSession(t, opts), ref, randomImage(t))
	}
	if _, err := reference.NewSession(reference.Options{CAFile: ca + ".none"}); err == nil {
		t.Error("a missing CA file passed")
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	h := newRegistry()
	var refusals atomic.Int64
	host := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/manifests/") && refusals.Add(-1) >= 0 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		h.ServeHTTP(w, r)
	}))
	ref := mustParse(t, host+"/app:1")
	mustWrite(t, newSession(t, reference.Options{}), ref, randomImage(t))
	refusals.Store(1)
	var registry *reference.RegistryError
	if _, err := newSession(t, reference.Options{}).Open(t.Context(), ref); !errors.As(err, &registry) {
		t.Errorf("without retries: %v", err)
	}
	refusals.Store(1)
	mustOpen(t, newSession(t, reference.Options{Retry: 1}), ref)
}
