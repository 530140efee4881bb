package extract

import (
	"path"
	"strings"

	"github.com/slimify/slimify/layers"
)

// DebianOwned tells of the nodes of a whole image whether they came with a
// Debian package: files that its list names, and links that its scripts made.
func DebianOwned(t *layers.Tree) func(*layers.Node) bool {
	owners := ownersIn(t).files
	return func(n *layers.Node) bool { return owners[n] != "" || generatedByPackage(n) }
}

// DpkgDatabase is what an image's files tell of its Debian packages, by name.
type DpkgDatabase struct {
	Installed map[string]string // versions of those in dpkg's status
	Copied    map[string]string // versions of those in status.d, which dpkg does not read
	Lists     map[string]bool   // those with a list of files
}

// ReadDpkg reads the database in a tree.
func ReadDpkg(t *layers.Tree) DpkgDatabase {
	db := DpkgDatabase{make(map[string]string), make(map[string]string), make(map[string]bool)}
	if status, err := t.ReadFile(dpkgStatus); err == nil {
		addStanzas(db.Installed, status)
	}
	if dir, err := t.Resolve(dpkgStatusDir); err == nil {
		for _, n := range dir.Children() {
			if n.Kind == layers.File && !strings.HasSuffix(path.Base(n.Path()), ".md5sums") {
				addStanzas(db.Copied, n.Evidence)
			}
		}
	}
	for name := range ownersIn(t).lists {
		db.Lists[name] = true
	}
	return db
}
