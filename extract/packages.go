package extract

import (
	"path"
	"strings"

	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/layers"
)

// dpkgStatusDir holds one stanza a file where there is no dpkg: images made of
// unpacked packages (distroless), and single files that slimify copied.
const dpkgStatusDir = dpkgDir + "/status.d"

// DebianPackages returns the versions of a tree's installed Debian packages by
// name, as dpkg's status file and status.d tell them.
func DebianPackages(t *layers.Tree) map[string]string {
	out := make(map[string]string)
	if dir, err := t.Resolve(dpkgStatusDir); err == nil {
		for _, n := range dir.Children() {
			name := path.Base(n.Path())
			if n.Kind != layers.File || strings.HasSuffix(name, ".md5sums") {
				continue
			}
			addStanzas(out, n.Evidence)
		}
	}
	// dpkg's own word comes last: it outranks what a copied file tells.
	if status, err := t.ReadFile(dpkgStatus); err == nil {
		addStanzas(out, status)
	}
	return out
}

// addStanzas adds the installed packages of a status file or of one of status.d.
func addStanzas(to map[string]string, data []byte) {
	for _, p := range dpkg.ParseStatus(data) {
		to[p.Name] = p.Version
	}
}
