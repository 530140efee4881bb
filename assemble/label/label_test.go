package label

import (
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func TestChainID(t *testing.T) {
	t.Parallel()
	// The second and third follow from the first by the specification's
	// ChainID(A|B) = SHA256(ChainID(A) + " " + DiffID(B)).
	a := v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("a", 64)}
	if got := ChainID([]v1.Hash{a}); got != a.String() {
		t.Errorf("one layer: %s", got)
	}
	want, _, err := v1.SHA256(strings.NewReader(a.String() + " " + a.String()))
	if err != nil {
		t.Fatal(err)
	}
	if got := ChainID([]v1.Hash{a, a}); got != want.String() {
		t.Errorf("two layers: %s, want %s", got, want)
	}
}

// An image built on a result inherits its labels but is not a result.
func TestIsSlim(t *testing.T) {
	t.Parallel()
	layer := v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("b", 64)}
	config := func(layers ...v1.Hash) *v1.ConfigFile {
		return &v1.ConfigFile{
			Config: v1.Config{Labels: map[string]string{Chain: layer.String()}}, RootFS: v1.RootFS{DiffIDs: layers},
		}
	}
	if !IsSlim(config(layer)) {
		t.Error("a result is not recognised")
	}
	if IsSlim(config(layer, layer)) {
		t.Error("a child of a result is taken for one")
	}
	if IsSlim(&v1.ConfigFile{}) {
		t.Error("an image without labels is taken for a result")
	}
}
