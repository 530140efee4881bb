package extract

import (
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/layers"
)

// elements splits a path, dropping "." and empty elements.
func elements(name string) []string {
	return slices.DeleteFunc(strings.Split(name, "/"), func(s string) bool { return s == "" || s == "." })
}

// parseLines reads a list of paths relative to dir, one a line.
func parseLines(data []byte, dir string) []string {
	var out []string
	for line := range strings.Lines(string(data)) {
		if name, ok := joinPath(dir, strings.TrimSpace(line)); ok {
			out = append(out, name)
		}
	}
	return out
}

// joinPath joins a path of a list to its directory; ok is false if it is empty
// or leaves the image.
func joinPath(dir, name string) (string, bool) {
	if name == "" {
		return "", false
	}
	if !path.IsAbs(name) {
		name = dir + "/" + name
	}
	clean, err := layers.CleanName(name)
	return clean, err == nil && clean != "."
}

// isBelow reports whether a path is dir or lies below it.
func isBelow(name, dir string) bool {
	return name == dir || dir == "." || strings.HasPrefix(name, dir+"/")
}
