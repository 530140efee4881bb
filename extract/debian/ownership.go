package debian

import (
	"path"
	"strings"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/internal/paths"
	"github.com/slimify/slimify/layers"
)

// PackageOf returns the package whose file list a path is: "libc6" of
// "var/lib/dpkg/info/libc6:amd64.list".
func PackageOf(list string) (string, bool) {
	stem, ok := strings.CutSuffix(list, ".list")
	if !ok || path.Dir(list) != dpkg.InfoDir {
		return "", false
	}
	name, _, _ := strings.Cut(path.Base(stem), ":")
	return name, true
}

// Ownership tells which Debian packages own what, by the file lists of a tree.
type Ownership struct {
	Lists map[string]*layers.Node // by package
	Files map[*layers.Node]string // the package of all but directories
	dirs  map[string][]string     // the packages that a directory is listed by
}

// OwnershipOf reads the file lists of a tree.
func OwnershipOf(t *layers.Tree) *Ownership {
	o := &Ownership{Lists: make(map[string]*layers.Node), Files: make(map[*layers.Node]string), dirs: make(map[string][]string)}
	info, err := t.Lookup(dpkg.InfoDir)
	if err != nil {
		return o
	}
	diverted := DiversionsIn(t)
	for _, list := range info.Children() {
		name, ok := PackageOf(list.Path())
		if !ok {
			continue
		}
		o.Lists[name] = list
		for _, file := range ListedPaths(list) {
			file = diverted.Place(name, file)
			// Lists are older than merged /usr: Lookup follows the links.
			n, err := t.Lookup(file)
			if err != nil {
				continue
			}
			if n.Kind == layers.Symlink && mergedLinks[n.Path()] {
				continue // the list means the directory
			}
			if n.Kind == layers.Dir {
				o.dirs[n.Path()] = append(o.dirs[n.Path()], name)
			} else if !n.Implied {
				o.Files[n] = name
			}
		}
	}
	return o
}

// mergedLinks are directories in the lists of packages that are links in an
// installed Debian (merged /usr, and /run).
var mergedLinks = map[string]bool{
	"bin": true, "sbin": true, "lib": true, "lib32": true, "lib64": true, "libx32": true, "var/run": true, "var/lock": true,
}

// ListedPaths returns the paths of a package's file list.
func ListedPaths(list *layers.Node) []string { return paths.ParseList(list.Evidence, "") }

// Diversions tell where packages' files lie that made way for others'.
type Diversions []dpkg.Diversion

func DiversionsIn(t *layers.Tree) Diversions {
	data, err := t.ReadFile(dpkg.DiversionsFile)
	if err != nil {
		return nil
	}
	return dpkg.ParseDiversions(data)
}

// Place returns where a file of a package lies.
func (ds Diversions) Place(owner, name string) string {
	for _, d := range ds {
		if d.From == "/"+name && d.By != owner {
			return strings.TrimPrefix(d.To, "/")
		}
	}
	return name
}

// ClaimDatabase drops FAT's dpkg database: it lists the fat base's
// packages. The base's own stays, and what is carried is added to it.
func ClaimDatabase(s *selection.State, claim selection.ClaimFunc) {
	dir, err := s.Upper().Lookup(dpkg.Dir)
	if err != nil {
		return
	}
	dir.Walk(func(n *layers.Node) bool {
		claim(n, "lists the fat base's packages", "")
		return true
	})
}

// generatedState are links and indexes that packages' scripts make and no list
// names. Where the user's layers hold a whole Debian (a squashed image) they
// are the packages', not the user's.
var generatedState = []string{
	"etc/alternatives", "usr/share/info", "usr/share/mime", "var/lib/systemd", "var/lib/pam", "var/lib/ucf", "etc/rc0.d",
	"etc/rc1.d", "etc/rc2.d", "etc/rc3.d", "etc/rc4.d", "etc/rc5.d", "etc/rc6.d", "etc/rcS.d", "etc/systemd/system",
}

// ClaimUnneeded drops the files of Debian packages that user layers installed.
// Those of packages that are carried are kept by what follows the rules.
func (m *Mover) ClaimUnneeded(claim selection.ClaimFunc) {
	for n, owner := range m.owned.Files {
		claim(n, "of Debian package "+owner+", which nothing kept needs", m.owned.Lists[owner].Path())
	}
	if len(m.owned.Lists) == 0 {
		return
	}
	for dir, owners := range m.owned.dirs {
		n, err := m.Upper().Lookup(dir)
		if _, missing := m.State.Base.Tree.Lookup(dir); err == nil && missing != nil {
			claim(n, "directory of Debian package "+owners[0]+", which nothing kept needs", m.owned.Lists[owners[0]].Path())
		}
	}
	m.Upper().Walk(func(n *layers.Node) bool {
		if generatedByPackage(n) || m.linksToOriginalBase(n) {
			claim(n, "made by a Debian package's scripts", "")
		}
		return true
	})
}

// linksToOriginalBase reports, of an image whose layers were squashed, whether a
// link that no list names leads to a file of the fat base's packages: their
// scripts make such links, and they would bring the packages along.
func (m *Mover) linksToOriginalBase(n *layers.Node) bool {
	if m.Stack.Boundary > 0 || n.Kind != layers.Symlink || m.owned.Files[n] != "" {
		return false
	}
	if top, _, _ := strings.Cut(n.Path(), "/"); top != "etc" && top != "usr" && top != "var" || strings.HasPrefix(n.Path(), "usr/local/") {
		return false
	}
	to, err := m.Upper().Resolve(n.Path())
	return err == nil && m.inOriginalBase[m.owned.Files[to]] && m.base.Package(m.owned.Files[to]) == nil
}

func generatedByPackage(n *layers.Node) bool {
	name := n.Path()
	for _, dir := range generatedState {
		if name == dir || strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	return n.Kind == layers.Symlink && strings.HasPrefix(n.Link, "/etc/alternatives/")
}
