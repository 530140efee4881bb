package main

import (
	"os"
	"path/filepath"
	"testing"
)

// The copy has the tests of the packages named, and what they need.
func TestCopyModule(t *testing.T) {
	t.Chdir("../..")
	dir := t.TempDir()
	if err := copyModule(dir, "./internal/shellsource/..."); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"go.mod": true, "go.sum": true, "internal/shellsource/words.go": true, "internal/shellsource/shellsource_test.go": true,
		"internal/pysource": false, "layers": false,
	} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := t.TempDir()
	if err := copyModule(other, "./layers"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(other, "internal/gunzip/gunzip_test.go")); err == nil {
		t.Error("a package that is only needed has its tests")
	}
}
