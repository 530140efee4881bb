package verify

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/slimify/slimify/extract/debian"
)

const (
	dpkgStatus = "var/lib/dpkg/status"
	dpkgInfo   = "var/lib/dpkg/info/"
)

// checkDpkg looks whether dpkg's database is of one piece: later apt-get
// commands fail on one that is not.
func checkDpkg(_ context.Context, s *scene, report func(candidate)) (looked int, err error) {
	db := debian.ReadDatabase(s.Tree)
	for _, name := range slices.Sorted(maps.Keys(db.Installed)) {
		looked++
		if _, copied := db.Copied[name]; copied {
			report(candidate{path: dpkgStatus + ".d/" + name, message: fmt.Sprintf("tells of %s, which dpkg's own status has too", name)})
		}
		if db.Lists[name] {
			continue
		}
		report(candidate{
			path: dpkgStatus, message: fmt.Sprintf("has %s, for which there is no list of files", name), inherited: true,
			holds: func(ctx context.Context, other *Image) (bool, error) { return other.lacksList(ctx, name) },
		})
	}
	return looked, nil
}

// architectures are Debian's names of those that Python's images are made for.
// Packages that may be installed for several at once have it in the list's name.
var architectures = []string{"amd64", "arm64", "armhf", "armel", "i386", "ppc64el", "riscv64", "s390x"}

// lacksList reports whether that image has no list of a package's files either.
func (img *Image) lacksList(ctx context.Context, name string) (bool, error) {
	places := []string{dpkgInfo + name + ".list"}
	for _, a := range architectures {
		places = append(places, dpkgInfo+name+":"+a+".list")
	}
	list, err := img.find(ctx, places, anything)
	return list == nil, err
}
