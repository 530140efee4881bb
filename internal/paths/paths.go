package paths

import (
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/layers"
)

// Elements splits a path, dropping "." and empty Elements.
func Elements(name string) []string {
	return slices.DeleteFunc(strings.Split(name, "/"), func(s string) bool { return s == "" || s == "." })
}

// ParseList reads a list of paths relative to dir, one a line.
func ParseList(data []byte, dir string) []string {
	var out []string
	for line := range strings.Lines(string(data)) {
		if name, ok := Join(dir, strings.TrimSpace(line)); ok {
			out = append(out, name)
		}
	}
	return out
}

// Join joins a path of a list to its directory; ok is false if it is empty
// or leaves the image.
func Join(dir, name string) (string, bool) {
	if name == "" {
		return "", false
	}
	if !path.IsAbs(name) {
		name = dir + "/" + name
	}
	clean, err := layers.CleanName(name)
	return clean, err == nil && clean != "."
}

// Below reports whether a path is dir or lies below it.
func Below(name, dir string) bool {
	return name == dir || dir == "." || strings.HasPrefix(name, dir+"/")
}
