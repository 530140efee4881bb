package assemble_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/sample"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// hub is a registry in memory that remembers its requests, as METHOD path, and
// answers those for which fail gives a status with that.
type hub struct {
	t    *testing.T
	host string

	mu       sync.Mutex
	requests []string
	fail     func(*http.Request) int
}

func newHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{t: t}
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		line := r.Method + " " + r.URL.RequestURI()
		if span := r.Header.Get("Range"); span != "" {
			line += " " + span
		}
		h.requests = append(h.requests, line)
		status := 0
		if h.fail != nil {
			status = h.fail(r)
		}
		h.mu.Unlock()
		if status != 0 {
			http.Error(w, "fails on purpose", status)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	h.host = strings.TrimPrefix(srv.URL, "http://")
	return h
}

func (h *hub) ref(name string) reference.Ref { return parse(h.t, h.host+"/"+name) }

// seen lists the requests that match, since the last call of forget.
func (h *hub) seen(pattern string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	re := regexp.MustCompile(pattern)
	return slices.DeleteFunc(slices.Clone(h.requests), func(s string) bool { return !re.MatchString(s) })
}

// when gives a status to requests of a method whose path holds part.
func when(status int, method, part string) func(*http.Request) int {
	return func(r *http.Request) int {
		if r.Method == method && strings.Contains(r.URL.Path, part) {
			return status
		}
		return 0
	}
}

func (h *hub) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests = nil
}

func (h *hub) failOn(fail func(*http.Request) int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fail = fail
}

// push makes an image and puts it there.
func (h *hub) push(name string, make func(sample.Config) (v1.Image, error), c sample.Config) v1.Image {
	h.t.Helper()
	img, err := made(make, c)
	if err != nil {
		h.t.Fatal(err)
	}
	put(h.t, h.ref(name), img)
	return img
}

// samples are the images that tests made, by maker and config: making one takes longer
// than slimming it.
var samples sync.Map

// made makes an image, once if the maker is one of package sample.
func made(make func(sample.Config) (v1.Image, error), c sample.Config) (v1.Image, error) {
	code := func(f func(sample.Config) (v1.Image, error)) uintptr { return reflect.ValueOf(f).Pointer() }
	if !slices.Contains([]uintptr{code(sample.Fat), code(sample.Base), code(sample.Native), code(sample.Official)}, code(make)) {
		return make(c)
	}
	key := fmt.Sprintf("%x %+v", code(make), c)
	once, _ := samples.LoadOrStore(key, sync.OnceValues(func() (v1.Image, error) { return make(c) }))
	return once.(func() (v1.Image, error))()
}

// put writes an image or an index to a reference.
func put(t *testing.T, ref reference.Ref, a reference.Artifact) {
	t.Helper()
	s, err := reference.NewSession(reference.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Write(t.Context(), ref, a); err != nil {
		t.Fatal(err)
	}
}

// open opens an image until the test ends; nil if there is none.
func open(t *testing.T, ref reference.Ref) *reference.Source {
	t.Helper()
	s, err := reference.NewSession(reference.Options{})
	if err != nil {
		t.Fatal(err)
	}
	src, err := s.Open(t.Context(), ref)
	var absent *reference.NotFoundError
	if errors.As(err, &absent) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(src.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	})
	return src
}

// digest is what a reference names now; "" if nothing.
func digest(t *testing.T, ref reference.Ref) string {
	t.Helper()
	if src := open(t, ref); src != nil {
		return src.Digest.String()
	}
	return ""
}

// tree merges an image's layers, read by nothing of the program under test but
// package layers.
func tree(t *testing.T, ref reference.Ref) *layers.Tree {
	t.Helper()
	out, err := lt.Merge(open(t, ref).Image)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// lab is a registry with a base and a fat image.
func lab(t *testing.T) *hub {
	t.Helper()
	h := newHub(t)
	h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{})
	h.push("app:fat", sample.Fat, sample.Config{})
	h.forget()
	return h
}

func (h *hub) slim(src, dst string, change ...func(*assemble.RefOptions)) (*report.Report, error) {
	h.t.Helper()
	opts := assemble.RefOptions{
		Access: image.Access{Session: reference.Options{TempDir: h.t.TempDir()}}, Choices: analyze.Choices{Base: h.ref("library/python")},
	}
	for _, f := range change {
		f(&opts)
	}
	rep, err := assemble.SlimRef(h.t.Context(), h.ref(src), parseDst(h, dst), opts)
	if left, _ := os.ReadDir(opts.Session.TempDir); len(left) > 0 {
		h.t.Errorf("temporary files are left: %v", left)
	}
	return rep, err
}

// parseDst reads a destination: in the hub unless it names a transport.
func parseDst(h *hub, dst string) reference.Ref {
	if strings.HasPrefix(dst, "oci") || strings.HasPrefix(dst, "docker-archive") {
		return parse(h.t, dst)
	}
	return h.ref(dst)
}

// manifestBytes is what reading an image costs: its manifest, its config, and
// its layers from one on.
func (h *hub) manifestBytes(name string, from int) int64 {
	h.t.Helper()
	m, raw := h.manifest(name)
	n := int64(len(raw)) + m.Config.Size
	for _, l := range m.Layers[from:] {
		n += l.Size
	}
	return n
}

func (h *hub) layerBytes(name string) (n int64) {
	h.t.Helper()
	m, _ := h.manifest(name)
	for _, l := range m.Layers {
		n += l.Size
	}
	return n
}

func (h *hub) manifest(name string) (*v1.Manifest, []byte) {
	h.t.Helper()
	return manifest(h.t, h.ref(name))
}

func manifest(t *testing.T, ref reference.Ref) (*v1.Manifest, []byte) {
	t.Helper()
	src := open(t, ref)
	raw, err := src.Image.RawManifest()
	if err != nil {
		t.Fatal(err)
	}
	m, err := src.Image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	return m, raw
}
