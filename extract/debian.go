package extract

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/layers"
)

const (
	dpkgDir    = "var/lib/dpkg"
	dpkgInfo   = dpkgDir + "/info"
	dpkgStatus = dpkgDir + "/status"
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

// packageLists returns the file lists in a tree by package.
func packageLists(t *layers.Tree) map[string]*layers.Node {
	out := make(map[string]*layers.Node)
	info, err := t.Lookup(dpkgInfo)
	if err != nil {
		return out
	}
	for _, n := range info.Children() {
		if name, ok := packageOf(n.Path()); ok {
			out[name] = n
		}
	}
	return out
}

// debianOwners maps the nodes that packages own to the packages' names, by the
// lists in the tree. Directories are shared by packages and users, and are
// owned by none.
func debianOwners(t *layers.Tree) map[*layers.Node]string {
	owners := make(map[*layers.Node]string)
	for name, list := range packageLists(t) {
		for line := range strings.Lines(string(list.Evidence)) {
			// Lists are older than merged /usr: Lookup follows the links.
			n, err := t.Lookup(strings.TrimSpace(line))
			if err != nil || n.Kind == layers.Dir || n.Implied {
				continue
			}
			if n.Kind == layers.Symlink {
				if to, err := t.Resolve(n.Path()); err == nil && to.Kind == layers.Dir {
					continue // merged /usr: the list means the directory
				}
			}
			owners[n] = name
		}
	}
	return owners
}

// claimDpkgDatabase drops FAT's dpkg database: it lists the fat base's
// packages. The base's own stays.
func claimDpkgDatabase(_ context.Context, s *scene, claim claimFunc) error {
	dir, err := s.tree().Lookup(dpkgDir)
	if err != nil {
		return nil
	}
	dir.Walk(func(n *layers.Node) bool {
		claim(n, "tells of the fat base's packages", "")
		return true
	})
	return nil
}

// generatedState are links and indexes that packages' scripts make and no list
// names. Where the user's layers hold a whole Debian (a squashed image) they
// are the packages', not the user's.
var generatedState = []string{
	"etc/alternatives", "usr/share/info", "usr/share/mime", "var/lib/systemd", "var/lib/pam", "var/lib/ucf", "etc/rc0.d",
	"etc/rc1.d", "etc/rc2.d", "etc/rc3.d", "etc/rc4.d", "etc/rc5.d", "etc/rc6.d", "etc/rcS.d", "etc/systemd/system",
}

// claimDebian drops the files of Debian packages that user layers installed,
// and tells their names.
func claimDebian(_ context.Context, s *scene, claim claimFunc) error {
	t := s.tree()
	lists := packageLists(t)
	for n, owner := range s.owners {
		claim(n, "of Debian package "+owner, lists[owner].Path())
	}
	if len(lists) > 0 {
		t.Walk(func(n *layers.Node) bool {
			if generatedByPackage(n) {
				claim(n, "made by a Debian package's scripts", "")
			}
			return true
		})
	}
	if s.Stack.Boundary == 0 {
		return nil // every package of the image is in these layers
	}
	inBase := DebianPackages(s.base.Tree)
	var left []string
	for name := range lists {
		if _, ok := inBase[name]; !ok {
			left = append(left, name)
		}
	}
	if len(left) > 0 {
		slices.Sort(left)
		s.sel.warn("debian-packages", "%s that user layers installed left behind; keep one with --keep deb:NAME", few(left, "Debian package"))
	}
	return nil
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
