package output

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/slimify/slimify/internal/cli/usage"
)

// A file is given once, however its path is spelled.
func TestCreateTwice(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, path := range []string{"a.json", "./a.json", "x/../a.json", filepath.Join(dir, "a.json")} {
		var usage usage.Error
		if _, err := Create("a.json", "b.json", path); !errors.As(err, &usage) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// A single platform gets the file that was named. If there are several, each gets its own.
func TestWriteEach(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		frozen map[string][]byte
		want   map[string]string
	}{
		"one": {map[string][]byte{"linux/amd64": []byte("a")}, map[string]string{"frozen.v1.txt": "a"}},
		"two": {map[string][]byte{"linux/amd64": []byte("a"), "linux/arm/v7": []byte("b")}, map[string]string{"frozen.v1.linux-amd64.txt": "a", "frozen.v1.linux-arm-v7.txt": "b"}},
		"hostile": {
			map[string][]byte{"linux/amd64": []byte("a"), "linux/../x\x1b\n\\": []byte("b")},
			map[string]string{"frozen.v1.linux-amd64.txt": "a", "frozen.v1.linux-..-x---.txt": "b"},
		},
		"none": {nil, map[string]string{}},
	} {
		path := filepath.Join(t.TempDir(), "frozen.v1.txt")
		files, err := Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := files.WriteEach(path, ".txt", c.frozen); err != nil {
			t.Fatal(err)
		}
		files.Discard()
		got, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(got) != len(c.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		for file, want := range c.want {
			if data, err := os.ReadFile(filepath.Join(filepath.Dir(path), file)); err != nil || string(data) != want {
				t.Errorf("%s: %s has %q, %v", name, file, data, err)
			}
		}
	}
}
