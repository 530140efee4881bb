package extract

import (
	"path"
	"strings"

	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/internal/paths"
	"github.com/slimify/slimify/layers"
)

const (
	dpkgDir    = "var/lib/dpkg"
	dpkgInfo   = dpkgDir + "/info"
	dpkgStatus = dpkgDir + "/status"

	dpkgAlternatives = dpkgDir + "/alternatives"
	dpkgDiversions   = dpkgDir + "/diversions"
	dpkgOverrides    = dpkgDir + "/statoverride"
	dpkgTriggers     = dpkgDir + "/triggers"
)

// packageOf returns the package whose file list a path is: "libc6" of
// "var/lib/dpkg/info/libc6:amd64.list".
func packageOf(list string) (string, bool) {
	stem, ok := strings.CutSuffix(list, ".list")
	if !ok || path.Dir(list) != dpkgInfo {
		return "", false
	}
	name, _, _ := strings.Cut(path.Base(stem), ":")
	return name, true
}

// ownership tells which Debian packages own what, by the file lists of a tree.
type ownership struct {
	lists map[string]*layers.Node // by package
	files map[*layers.Node]string // the package of all but directories
	dirs  map[string][]string     // the packages that a directory is listed by
}

// ownersIn reads the file lists of a tree.
func ownersIn(t *layers.Tree) *ownership {
	o := &ownership{lists: make(map[string]*layers.Node), files: make(map[*layers.Node]string), dirs: make(map[string][]string)}
	info, err := t.Lookup(dpkgInfo)
	if err != nil {
		return o
	}
	diverted := diversionsIn(t)
	for _, list := range info.Children() {
		name, ok := packageOf(list.Path())
		if !ok {
			continue
		}
		o.lists[name] = list
		for _, file := range listedPaths(list) {
			file = diverted.place(name, file)
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
				o.files[n] = name
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

// listedPaths returns the paths of a package's file list.
func listedPaths(list *layers.Node) []string { return paths.ParseList(list.Evidence, "") }

// diversions tell where packages' files lie that made way for others'.
type diversions []dpkg.Diversion

func diversionsIn(t *layers.Tree) diversions {
	data, err := t.ReadFile(dpkgDiversions)
	if err != nil {
		return nil
	}
	return dpkg.ParseDiversions(data)
}

// place returns where a file of a package lies.
func (ds diversions) place(owner, name string) string {
	for _, d := range ds {
		if d.From == "/"+name && d.By != owner {
			return strings.TrimPrefix(d.To, "/")
		}
	}
	return name
}

// claimDpkgDatabase drops FAT's dpkg database: it lists the fat base's
// packages. The base's own stays, and what is carried is added to it.
func claimDpkgDatabase(s *State, claim claimFunc) {
	dir, err := s.tree().Lookup(dpkgDir)
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

// claimDebian drops the files of Debian packages that user layers installed.
// Those of packages that are carried are kept by what follows the rules.
func (c *carrier) claimDebian(claim claimFunc) {
	for n, owner := range c.debian.files {
		claim(n, "of Debian package "+owner+", which nothing kept needs", c.debian.lists[owner].Path())
	}
	if len(c.debian.lists) == 0 {
		return
	}
	for dir, owners := range c.debian.dirs {
		n, err := c.tree().Lookup(dir)
		if _, missing := c.State.base.Tree.Lookup(dir); err == nil && missing != nil {
			claim(n, "directory of Debian package "+owners[0]+", which nothing kept needs", c.debian.lists[owners[0]].Path())
		}
	}
	c.tree().Walk(func(n *layers.Node) bool {
		if generatedByPackage(n) || c.linksToFatBase(n) {
			claim(n, "made by a Debian package's scripts", "")
		}
		return true
	})
}

// linksToFatBase reports, of an image whose layers were squashed, whether a
// link that no list names leads to a file of the fat base's packages: their
// scripts make such links, and they would bring the packages along.
func (c *carrier) linksToFatBase(n *layers.Node) bool {
	if c.Stack.Boundary > 0 || n.Kind != layers.Symlink || c.debian.files[n] != "" {
		return false
	}
	if top, _, _ := strings.Cut(n.Path(), "/"); top != "etc" && top != "usr" && top != "var" || strings.HasPrefix(n.Path(), "usr/local/") {
		return false
	}
	to, err := c.tree().Resolve(n.Path())
	return err == nil && c.ofFatBase[c.debian.files[to]] && c.base.Package(c.debian.files[to]) == nil
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
