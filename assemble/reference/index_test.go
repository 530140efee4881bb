package reference_test

import (
	"errors"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/slimify/slimify/assemble/reference"
)

// nest wraps an index in depth-1 others.
func nest(idx v1.ImageIndex, depth int) v1.ImageIndex {
	for range depth - 1 {
		idx = mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: idx})
	}
	return idx
}

func TestNesting(t *testing.T) {
	t.Parallel()
	host := newServer(t, newRegistry())
	s := newSession(t, reference.Options{})
	dir := t.TempDir()
	for _, place := range []string{host + "/app:1", "oci:" + dir + "/d", "oci-archive:" + dir + "/f.tar"} {
		ref := mustParse(t, place)
		mustWrite(t, s, ref, nest(twoPlatforms(t), 3))
		children, err := mustOpen(t, s, ref).Children()
		if err != nil || len(children) != 3 {
			t.Errorf("%s: %d children, %v", place, len(children), err)
		}
	}
	ref := mustParse(t, host+"/app:2")
	mustWrite(t, s, ref, nest(twoPlatforms(t), 4))
	_, err := mustOpen(t, s, ref).Children()
	var unsupported *reference.UnsupportedError
	if !errors.As(err, &unsupported) {
		t.Errorf("nested deeper: %v, want an *UnsupportedError", err)
	}
}

// TestSinglePlatformIndex: an index of one image and its attestation can be
// written to a Docker archive.
func TestSinglePlatformIndex(t *testing.T) {
	t.Parallel()
	s := newSession(t, reference.Options{})
	img := randomImage(t)
	idx := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}},
		mutate.IndexAddendum{Add: randomImage(t), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "unknown", Architecture: "unknown"}}})
	ref := mustParse(t, "docker-archive:"+t.TempDir()+"/x.tar:app:1")
	if got := mustWrite(t, s, ref, idx); got != imageID(t, img) {
		t.Errorf("wrote %s", got)
	}
	if err := drain(mustOpen(t, s, ref).Image); err != nil {
		t.Error(err)
	}
}
