package verify_test

import (
	"testing"

	vt "github.com/slimify/slimify/internal/verifytest"
	lt "github.com/slimify/slimify/layers/layertest"
)

// dpkg's database is complete.
func TestDpkg(t *testing.T) {
	t.Parallel()
	vt.Test(t, []vt.Case{
		{
			Name: "the file list of a package is missing", Lose: []lt.Entry{lt.Whiteout("var/lib/dpkg/info/dash.list")},
			Alone: []string{
				"dpkg: note: /var/lib/dpkg/status: package dash has no file list",
			},
			Against: []string{
				"dpkg: failure: /var/lib/dpkg/status: package dash has no file list",
			},
		},
		{
			Name: "a package is recorded twice", Lose: []lt.Entry{lt.File("var/lib/dpkg/status.d/dash", "Package: dash\nVersion: 1\n")},
			Alone:   []string{"dpkg: note: /var/lib/dpkg/status.d/dash: package dash is also in /var/lib/dpkg/status"},
			Against: []string{"dpkg: failure: /var/lib/dpkg/status.d/dash: package dash is also in /var/lib/dpkg/status"},
		},
	})
}
