// Package golden compares texts with files in testdata, for tests.
package golden

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// Update reports whether the test's golden files are to be rewritten.
func Update() bool { return *update }

// Check compares a text with a file, or rewrites the file with -update.
func Check(t *testing.T, file, got string) {
	t.Helper()
	if Update() {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s, which -update rewrites (-want +got):\n%s", file, diff)
	}
}
