package imageconfig_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/internal/imageconfig"
)

func TestNamedPaths(t *testing.T) {
	t.Parallel()
	got := imageconfig.NamedPaths([]string{
		"PATH=/usr/bin:bin:/opt/x/", "LD_PRELOAD=/usr/lib/a.so b.so /usr/lib/c.so", "NAME=with /blanks", "TITLE=/opt/my files",
		"URL=https://example.org/a:/b", "ROOT=/", "EMPTY=", "RELATIVE=usr/bin", "BROKEN",
	})
	want := []imageconfig.NamedPath{
		{"PATH", "/usr/bin"}, {"PATH", "/opt/x"}, {"LD_PRELOAD", "/usr/lib/a.so"}, {"LD_PRELOAD", "/usr/lib/c.so"}, {"TITLE", "/opt/my files"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPackaged(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"/usr/lib/a.so": true, "/lib64/ld.so": true, "/usr/bin": true,
		"/usr/local/lib/a.so": false, "/etc/ssl/certs": false, "/var/lib/x": false, "/opt/x": false, "/usrx/a": false,
	} {
		if got := (imageconfig.NamedPath{Path: name}).Packaged(); got != want {
			t.Errorf("%s: %t, want %t", name, got, want)
		}
	}
}
