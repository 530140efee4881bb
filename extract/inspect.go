package extract

import (
	"path"
	"strings"

	"github.com/slimify/slimify/internal/elffile"
	"github.com/slimify/slimify/layers"
)

// ELFInfo is what was captured of an ELF file; nil for other files.
func ELFInfo(n *layers.Node) *elffile.Info { return elfInfo(n) }

// HostLibrary reports whether a library belongs to the host's graphics driver,
// which no image has.
func HostLibrary(name string) bool { return isDriver(name) }

// LinkTarget is the path that a symlink names, from the image's root.
func LinkTarget(link *layers.Node) string { return linkTarget(link) }

// DebianOwned tells of the nodes of a whole image whether they came with a
// Debian package: files that its list names, and links that its scripts made.
func DebianOwned(t *layers.Tree) func(*layers.Node) bool {
	owners := ownersIn(t).files
	return func(n *layers.Node) bool { return owners[n] != "" || generatedByPackage(n) }
}

// notApplication are the directories of the system: what lies there is others'.
var notApplication = []string{"usr/lib", "usr/share", "usr/include", "var/lib/dpkg"}

// IsApplication reports whether a path may be the user's own: it lies neither in
// the system's directories nor in a library of Python.
func IsApplication(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		for _, system := range notApplication {
			if dir == system {
				return false
			}
		}
		base := path.Base(dir)
		if base == "site-packages" || base == "dist-packages" || strings.HasPrefix(base, "python3.") && path.Base(path.Dir(dir)) == "lib" {
			return false
		}
	}
	return true
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
