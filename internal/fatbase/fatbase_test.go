package fatbase

import "testing"

func TestLists(t *testing.T) {
	t.Parallel()
	for _, suite := range []string{"bullseye", "bookworm", "trixie"} {
		l := Of(suite)
		if !l.Known() || !l.Packages["git"] || l.Tools["convert"] == "" || !l.Libraries["libpq.so.5"] {
			t.Errorf("%s: %d packages, %d tools, %d libraries lack what buildpack-deps has", suite, len(l.Packages), len(l.Tools), len(l.Libraries))
		}
	}
	if Of("plan9").Known() {
		t.Error("there is a list of no suite")
	}
}
