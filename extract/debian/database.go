package debian

import (
	"path"
	"strings"

	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/layers"
)

// Owned returns a function that reports whether a node of an image came with a Debian
// package: files in its list, and links that its scripts created.
func Owned(t *layers.Tree) func(*layers.Node) bool {
	owners := OwnershipOf(t).Files
	return func(n *layers.Node) bool { return owners[n] != "" || generatedByPackage(n) }
}

// Database is the Debian packages of an image, by name.
type Database struct {
	Installed map[string]string // versions of packages in dpkg's status
	Copied    map[string]string // versions of packages in status.d, which dpkg does not read
	Lists     map[string]bool   // packages with a list of files
}

// ReadDatabase reads the database in a tree.
func ReadDatabase(t *layers.Tree) Database {
	db := Database{make(map[string]string), make(map[string]string), make(map[string]bool)}
	if status, err := t.ReadFile(dpkg.StatusFile); err == nil {
		AddVersions(db.Installed, status)
	}
	if dir, err := t.Resolve(dpkg.StatusDir); err == nil {
		for _, n := range dir.Children() {
			if n.Kind == layers.File && !strings.HasSuffix(path.Base(n.Path()), ".md5sums") {
				AddVersions(db.Copied, n.Evidence)
			}
		}
	}
	for name := range OwnershipOf(t).Lists {
		db.Lists[name] = true
	}
	return db
}
