package imageconfig

import (
	"path"
	"strings"
)

// NamedPath is an absolute path in the value of an environment variable.
type NamedPath struct{ Variable, Path string }

// NamedPaths lists the absolute paths that an environment names: whole values, and the
// elements of lists that colons part (PATH), or blanks too (LD_PRELOAD, see ld.so(8)).
// URLs name none.
func NamedPaths(env []string) []NamedPath {
	var out []NamedPath
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		if strings.Contains(value, "://") {
			continue
		}
		part := func(r rune) bool { return r == ':' || r == ' ' && name == "LD_PRELOAD" }
		for _, element := range strings.FieldsFunc(value, part) {
			if clean := path.Clean(element); path.IsAbs(element) && clean != "/" {
				out = append(out, NamedPath{name, clean})
			}
		}
	}
	return out
}
