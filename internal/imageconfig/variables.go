package imageconfig

import (
	"path"
	"slices"
	"strings"
)

// NamedPath is an absolute path in the value of an environment variable.
type NamedPath struct{ Variable, Path string }

// NamedPaths lists the absolute paths that an environment names: whole values, and the
// elements of lists that colons separate (PATH), or blanks too (LD_PRELOAD, see ld.so(8)).
// URLs name none.
func NamedPaths(env []string) []NamedPath {
	var out []NamedPath
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		if strings.Contains(value, "://") {
			continue
		}
		separates := func(r rune) bool { return r == ':' || r == ' ' && name == "LD_PRELOAD" }
		for _, element := range strings.FieldsFunc(value, separates) {
			if clean := path.Clean(element); path.IsAbs(element) && clean != "/" {
				out = append(out, NamedPath{name, clean})
			}
		}
	}
	return out
}

// packagedDirs are the directories of the root whose files packages bring. What variables
// name in /etc and /var is more often created or mounted when a container runs than a
// file of the original base image, and a search costs all of its layers.
var packagedDirs = []string{"bin", "lib", "lib64", "sbin", "usr"}

// Packaged reports whether a Debian package may have brought the file, by its place.
func (p NamedPath) Packaged() bool {
	first, _, _ := strings.Cut(p.Path[1:], "/")
	return slices.Contains(packagedDirs, first) && !strings.HasPrefix(p.Path, "/usr/local/")
}
