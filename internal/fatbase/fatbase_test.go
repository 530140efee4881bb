package fatbase

import "testing"

func TestLists(t *testing.T) {
	t.Parallel()
	for _, release := range []string{"bullseye", "bookworm", "trixie"} {
		l := Of(release)
		if !l.Known() || !l.Packages["git"] || l.Tools["convert"] == "" || !l.Libraries["libpq.so.5"] {
			t.Errorf("%s: %d packages, %d tools, %d libraries lack what buildpack-deps has", release, len(l.Packages), len(l.Tools), len(l.Libraries))
		}
	}
	if Of("plan9").Known() {
		t.Error("there is a list of no release")
	}
}
