package reference_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/random"

	"github.com/slimify/slimify/assemble/reference"
)

// An image of a program opens as its one child, under a name that is no reference.
func TestFromImage(t *testing.T) {
	t.Parallel()
	img, err := random.Image(10, 1)
	if err != nil {
		t.Fatal(err)
	}
	want, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	src, err := reference.FromImage("app", img)
	if err != nil {
		t.Fatal(err)
	}
	children, err := src.Children()
	if err != nil || len(children) != 1 {
		t.Fatalf("%d children, %v", len(children), err)
	}
	if got, err := children[0].Image(); err != nil || got != img {
		t.Errorf("the child is another image: %v", err)
	}
	if src.Digest != want || src.Ref.String() != "image:app" || src.Ref.Transport() != reference.Memory {
		t.Errorf("%s has digest %s, want %s", src.Ref, src.Digest, want)
	}
	if ref, err := reference.Parse(src.Ref.String()); err == nil && ref.Transport() == reference.Memory {
		t.Errorf("%s is parsed", src.Ref)
	}
	if err := src.Close(); err != nil {
		t.Error(err)
	}
}

// schema1 is an image with a manifest that is refused.
type schema1 struct{ v1.Image }

func (schema1) RawManifest() ([]byte, error) {
	return []byte(`{"schemaVersion":1,"fsLayers":[]}`), nil
}

func TestFromImageRefuses(t *testing.T) {
	t.Parallel()
	var unsupported *reference.UnsupportedError
	if _, err := reference.FromImage("old", schema1{empty.Image}); !errors.As(err, &unsupported) {
		t.Errorf("error %v", err)
	}
}

// Verified ends well only if digest and size are right.
func TestVerified(t *testing.T) {
	t.Parallel()
	digest, size, err := v1.SHA256(strings.NewReader("content"))
	if err != nil {
		t.Fatal(err)
	}
	for content, whole := range map[string]bool{"content": true, "Content": false, "contents": false, "conten": false} {
		rc, err := reference.Verified(io.NopCloser(bytes.NewBufferString(content)), digest, size)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, rc)
		var corrupt *reference.CorruptError
		if whole && err != nil || !whole && !errors.As(err, &corrupt) {
			t.Errorf("%q: %v", content, err)
		}
	}
}
