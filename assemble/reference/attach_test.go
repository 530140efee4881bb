package reference_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble/reference"
)

var twoDocuments = []reference.Attachment{
	{Type: "application/spdx+json", Title: "sbom.spdx.json", Content: []byte(`{"spdxVersion":"SPDX-2.3"}`)},
	{Type: "application/vnd.in-toto+json", Title: "p.json", Content: []byte(`{"_type":"x"}`), Annotations: map[string]string{"in-toto.io/predicate-type": "p"}},
}

// referring is a registry with or without the referrers API, and the requests that
// it got since they were last asked for.
func referring(t *testing.T, api bool, wrap func(http.Handler) http.Handler) (host string, requests func() []string) {
	t.Helper()
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(api))
	if wrap != nil {
		inner = wrap(inner)
	}
	var mu sync.Mutex
	var seen []string
	host = newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen = append(seen, r.Method+" "+r.URL.Path)
		mu.Unlock()
		inner.ServeHTTP(w, r)
	}))
	return host, func() []string {
		mu.Lock()
		defer mu.Unlock()
		all := seen
		seen = nil
		return all
	}
}

// attached lists what refers to an image, by another program's reading of the
// registry.
func attached(t *testing.T, host, repo string, subject v1.Hash) []v1.Descriptor {
	t.Helper()
	d, err := name.NewDigest(host + "/" + repo + "@" + subject.String())
	if err != nil {
		t.Fatal(err)
	}
	index, err := remote.Referrers(d)
	if err != nil {
		t.Fatal(err)
	}
	m, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	return m.Manifests
}

func mustAttach(t *testing.T, s *reference.Session, ref reference.Ref, subject v1.Descriptor, docs ...reference.Attachment) []v1.Hash {
	t.Helper()
	got, err := s.Attach(t.Context(), ref, subject, docs)
	if err != nil {
		t.Fatalf("Attach(%s): %v", ref, err)
	}
	return got
}

func describe(t *testing.T, ref reference.Ref, a reference.Artifact) v1.Descriptor {
	t.Helper()
	d, err := reference.Describe(ref, a)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Documents are found from the image, beside what others attached; the second time
// nothing is written.
func TestAttach(t *testing.T) {
	t.Parallel()
	for _, api := range []bool{true, false} {
		t.Run(fmt.Sprintf("api %v", api), func(t *testing.T) {
			host, requests := referring(t, api, nil)
			s, ref, img := newSession(t, reference.Options{}), mustParse(t, host+"/app:1"), randomImage(t)
			mustWrite(t, s, ref, img)
			subject := describe(t, ref, img)
			other := mustAttach(t, newSession(t, reference.Options{}), ref, subject, reference.Attachment{Type: "application/other", Content: []byte("x")})
			ours := mustAttach(t, s, ref, subject, twoDocuments...)
			var got []v1.Hash
			for _, d := range attached(t, host, "app", subject.Digest) {
				got = append(got, d.Digest)
				if !api && d.ArtifactType == "" {
					t.Errorf("%s is listed without its type", d.Digest)
				}
			}
			want := append(other, ours...)
			for _, list := range [][]v1.Hash{got, want} {
				slices.SortFunc(list, func(a, b v1.Hash) int { return strings.Compare(a.Hex, b.Hex) })
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			requests()
			again := mustAttach(t, newSession(t, reference.Options{}), ref, subject, twoDocuments...)
			if !slices.Equal(again, ours) {
				t.Errorf("the second time gives %v, the first gave %v", again, ours)
			}
			for _, r := range requests() {
				if !strings.HasPrefix(r, "GET ") {
					t.Errorf("nothing is to be written, and there is a request %s", r)
				}
			}
		})
	}
}

// The manifest is as other tools make and read it: one layer of the artifact's type,
// an empty config, and the subject.
func TestAttachedManifest(t *testing.T) {
	t.Parallel()
	host, _ := referring(t, true, nil)
	s, ref, img := newSession(t, reference.Options{}), mustParse(t, host+"/app:1"), randomImage(t)
	mustWrite(t, s, ref, img)
	subject := describe(t, ref, img)
	digest := mustAttach(t, s, ref, subject, twoDocuments[1])[0]
	got, err := remote.Image(ref.Name().Context().Digest(digest.String()))
	if err != nil {
		t.Fatal(err)
	}
	m, err := got.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if m.ArtifactType != "application/vnd.in-toto+json" || m.Subject.Digest != subject.Digest || m.Subject.Size != subject.Size ||
		m.Config.MediaType != "application/vnd.oci.empty.v1+json" || m.Annotations["in-toto.io/predicate-type"] != "p" ||
		len(m.Layers) != 1 || m.Layers[0].MediaType != "application/vnd.in-toto+json" || m.Layers[0].Annotations["org.opencontainers.image.title"] != "p.json" {
		t.Errorf("manifest is %+v", m)
	}
	layer, err := got.LayerByDigest(m.Layers[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	rc, err := layer.Compressed()
	if err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(rc); err != nil || string(content) != string(twoDocuments[1].Content) {
		t.Errorf("content is %q (%v)", content, err)
	}
	if config, err := got.RawConfigFile(); err != nil || string(config) != "{}" {
		t.Errorf("config is %q (%v)", config, err)
	}
}

// dropIndex swallows the first n writes of the index that lists referrers, as if
// somebody else had written over it.
func dropIndex(n int64) func(http.Handler) http.Handler {
	var left atomic.Int64
	left.Store(n)
	return func(inner http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/sha256-") && left.Add(-1) >= 0 {
				w.WriteHeader(http.StatusCreated)
				return
			}
			inner.ServeHTTP(w, r)
		})
	}
}

func TestAttachLostEntry(t *testing.T) {
	t.Parallel()
	host, _ := referring(t, false, dropIndex(1))
	s, ref, img := newSession(t, reference.Options{}), mustParse(t, host+"/app:1"), randomImage(t)
	mustWrite(t, s, ref, img)
	subject := describe(t, ref, img)
	mustAttach(t, s, ref, subject, twoDocuments...)
	if got := attached(t, host, "app", subject.Digest); len(got) != 2 {
		t.Errorf("%d documents are listed, want 2: %+v", len(got), got)
	}
}

// Errors are those of any other write, and the image is unchanged.
func TestAttachFails(t *testing.T) {
	t.Parallel()
	refuse := func(inner http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/sha256") {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			inner.ServeHTTP(w, r)
		})
	}
	for _, c := range []struct {
		name string
		wrap func(http.Handler) http.Handler
		want any
	}{
		{"refused", refuse, new(*reference.AuthError)},
		{"never listed", dropIndex(1 << 30), new(*reference.RegistryError)},
	} {
		t.Run(c.name, func(t *testing.T) {
			host, _ := referring(t, false, c.wrap)
			s, ref, img := newSession(t, reference.Options{}), mustParse(t, host+"/app:1"), randomImage(t)
			digest := mustWrite(t, s, ref, img)
			_, err := s.Attach(t.Context(), ref, describe(t, ref, img), twoDocuments[:1])
			if !errors.As(err, c.want) {
				t.Errorf("error %v (%T), want %T", err, err, c.want)
			}
			if now, err := s.Head(t.Context(), ref); err != nil || now != digest {
				t.Errorf("the tag names %s (%v), and named %s", now, err, digest)
			}
		})
	}
	s, img := newSession(t, reference.Options{}), randomImage(t)
	for _, archive := range []string{"oci-archive:x.tar", "docker-archive:x.tar"} {
		var option *reference.OptionError
		if _, err := s.Attach(t.Context(), mustParse(t, archive), describe(t, mustParse(t, "x"), img), twoDocuments); !errors.As(err, &option) {
			t.Errorf("%s: error %v, want an OptionError", archive, err)
		}
	}
}

// In a layout the documents are entries of the index, which a reference without a
// tag passes over; the subject is the image in the layout's own form.
func TestAttachToLayout(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "layout")
	s, img := newSession(t, reference.Options{}), randomImage(t)
	for _, ref := range []reference.Ref{mustParse(t, "oci:"+dir), mustParse(t, "oci:"+dir+":tagged")} {
		digest := mustWrite(t, s, ref, img)
		subject := describe(t, ref, img)
		if subject.Digest != digest || subject.MediaType != types.OCIManifestSchema1 {
			t.Errorf("the subject is %+v, the image %s", subject, digest)
		}
		ours := mustAttach(t, s, ref, subject, twoDocuments...)
		before, err := os.ReadFile(filepath.Join(dir, "index.json"))
		if err != nil {
			t.Fatal(err)
		}
		var index v1.IndexManifest
		if err := json.Unmarshal(before, &index); err != nil {
			t.Fatal(err)
		}
		for i, h := range ours {
			at := slices.IndexFunc(index.Manifests, func(d v1.Descriptor) bool { return d.Digest == h })
			if at < 0 || index.Manifests[at].ArtifactType != string(twoDocuments[i].Type) {
				t.Errorf("%s is not in the index with its type: %s", h, before)
			}
		}
		mustAttach(t, s, ref, subject, twoDocuments...)
		if after, err := os.ReadFile(filepath.Join(dir, "index.json")); err != nil || string(after) != string(before) {
			t.Errorf("the second time changed the index (%v): %s", err, after)
		}
		if src := mustOpen(t, s, ref); src.Digest != digest {
			t.Errorf("%s opens %s, want %s", ref, src.Digest, digest)
		}
		if doc, err := os.ReadFile(filepath.Join(dir, "blobs/sha256", ours[0].Hex)); err != nil || !strings.Contains(string(doc), subject.Digest.String()) {
			t.Errorf("the document's manifest (%v): %s", err, doc)
		}
	}
	// Beside documents one image is still the only one.
	single := mustParse(t, "oci:"+filepath.Join(t.TempDir(), "single")+":tagged")
	digest := mustWrite(t, s, single, img)
	mustAttach(t, s, single, describe(t, single, img), twoDocuments...)
	if src := mustOpen(t, s, mustParse(t, "oci:"+single.Path())); src.Digest != digest {
		t.Errorf("without a tag %s opens, want %s", src.Digest, digest)
	}
	// Another image without a tag takes the first one's place, not the documents'.
	next := randomImage(t)
	ref := mustParse(t, "oci:"+dir)
	want := mustWrite(t, s, ref, next)
	if src := mustOpen(t, s, ref); src.Digest != want {
		t.Errorf("%s opens %s, want %s", ref, src.Digest, want)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil || strings.Count(string(raw), `"artifactType"`) != 2 {
		t.Errorf("the index lost documents (%v): %s", err, raw)
	}
}
