package nearest_test

import (
	"testing"

	"github.com/slimify/slimify/internal/nearest"
)

func TestOf(t *testing.T) {
	t.Parallel()
	flags := []string{"keep", "base", "drop", "fat-base", "max-size", "registry-mirror"}
	for name, want := range map[string]string{
		"kep": "keep", "kepe": "keep", "bsae": "base", "max_size": "max-size", "registry-mirrors": "registry-mirror",
		"registry_miror": "registry-mirror", "fatbase": "fat-base", "zzzz": "", "": "", "x": "", "keep": "keep",
		"an-altogether-other-name": "", "regi": "registry-mirror", "re": "",
	} {
		if got := nearest.Of(name, flags); got != want {
			t.Errorf("Of(%q) is %q, want %q", name, got, want)
		}
	}
	if got := nearest.Of("bad", []string{"bat", "bar"}); got != "bar" {
		t.Errorf("of two equally near, %q", got)
	}
	if got := nearest.Of("base", nil); got != "" {
		t.Errorf("of none, %q", got)
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"libpq", "libqp", 1}, {"keep", "kept", 2}, {"kitten", "sitting", 3}, {"ab", "ba", 1}} {
		if got := nearest.Distance(c.a, c.b); got != c.want {
			t.Errorf("Distance(%q, %q) is %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
