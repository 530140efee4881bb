package reference_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble/reference"
)

// serveManifest is a registry that answers every manifest with one body.
func serveManifest(contentType string, body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/manifests/") {
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write(body)
		}
	})
}

func TestRefusedManifests(t *testing.T) {
	t.Parallel()
	config := `"config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":2,"digest":"sha256:` + hex + `"}`
	index := `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`
	image := `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",` + config + `,"layers":[]}`
	for _, tc := range []struct {
		name, contentType, body, reason string
	}{
		{"schema 1", string(types.DockerManifestSchema1Signed), `{"schemaVersion":1,"fsLayers":[]}`, "schema 1"},
		{"schema 1 unlabeled", "application/json", `{"schemaVersion":1,"fsLayers":[]}`, "schema 1"},
		{"both", string(types.OCIManifestSchema1), `{"schemaVersion":2,"manifests":[],` + config + `,"layers":[]}`, "both"},
		{"index as image", string(types.OCIManifestSchema1), index, "disagrees"},
		{"image as index", string(types.OCIImageIndex), image, "disagrees"},
		{"type of the other kind", "application/json", strings.Replace(image, ".manifest.", ".index.", 1), "disagrees"},
		{"neither", string(types.OCIManifestSchema1), `{"schemaVersion":2}`, "neither"},
		{"not JSON", string(types.OCIManifestSchema1), `<html>`, "malformed"},
		{"negative size", string(types.OCIManifestSchema1), strings.Replace(image, `"size":2`, `"size":-2`, 1), "malformed"},
		{"too large", string(types.OCIManifestSchema1), image + strings.Repeat(" ", 5<<20), "larger"},
		{"artifact type", "", strings.Replace(index, "index", "thing", 1), "media type"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			host := newServer(t, serveManifest(tc.contentType, []byte(tc.body)))
			_, err := newSession(t, reference.Options{}).Open(t.Context(), mustParse(t, host+"/app:1"))
			var unsupported *reference.UnsupportedError
			if !errors.As(err, &unsupported) || !strings.Contains(unsupported.Reason, tc.reason) {
				t.Errorf("got %v, want an *UnsupportedError about %q", err, tc.reason)
			}
		})
	}
	t.Run("media type of the body", func(t *testing.T) {
		host := newServer(t, serveManifest("text/plain", []byte(image)))
		src := mustOpen(t, newSession(t, reference.Options{}), mustParse(t, host+"/app:1"))
		if src.MediaType != types.OCIManifestSchema1 || src.Image == nil {
			t.Errorf("opened as %s", src.MediaType)
		}
	})
}

// TestSelfNamingIndex: a hostile registry answers the child of an index with the
// index itself.
func TestSelfNamingIndex(t *testing.T) {
	t.Parallel()
	body := `{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","size":10,"digest":"sha256:` + hex + `"}]}`
	host := newServer(t, serveManifest(string(types.OCIImageIndex), []byte(body)))
	src := mustOpen(t, newSession(t, reference.Options{}), mustParse(t, host+"/app:1"))
	if _, err := src.Children(); err == nil {
		t.Error("the index led somewhere")
	}
}

func TestIndexTypeDefaults(t *testing.T) {
	t.Parallel()
	// A layout whose nested index has no media type.
	s := newSession(t, reference.Options{})
	idx := twoPlatforms(t)
	raw, _ := idx.RawManifest()
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "mediaType")
	raw, _ = json.Marshal(m)
	host := newServer(t, serveManifest("application/json", raw))
	src := mustOpen(t, s, mustParse(t, host+"/app:1"))
	if src.MediaType != types.OCIImageIndex || src.Index == nil {
		t.Errorf("opened as %s", src.MediaType)
	}
}
