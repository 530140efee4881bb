package debian

import (
	"path"
	"strings"

	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/layers"
)

// Versions returns the versions of a tree's Debian packages by name, from dpkg's status
// file and status.d.
func Versions(t *layers.Tree) map[string]string {
	out := make(map[string]string)
	if dir, err := t.Resolve(dpkg.StatusDir); err == nil {
		for _, n := range dir.Children() {
			name := path.Base(n.Path())
			if n.Kind != layers.File || strings.HasSuffix(name, ".md5sums") {
				continue
			}
			AddVersions(out, n.Evidence)
		}
	}
	// dpkg's status comes last and overrides status.d.
	if status, err := t.ReadFile(dpkg.StatusFile); err == nil {
		AddVersions(out, status)
	}
	return out
}

// AddVersions adds the packages of a status file or of a file of status.d.
func AddVersions(to map[string]string, data []byte) {
	for _, p := range dpkg.ParseStatus(data) {
		to[p.Name] = p.Version
	}
}
