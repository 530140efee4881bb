package verify

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/internal/dpkg"
)

// checkDpkg checks whether dpkg's database is complete and consistent: apt-get fails
// if it is not.
func checkDpkg(_ context.Context, in *check.Input, report func(check.Problem)) (items int, err error) {
	db := debian.ReadDatabase(in.Tree())
	for _, name := range slices.Sorted(maps.Keys(db.Installed)) {
		items++
		if _, copied := db.Copied[name]; copied {
			report(check.Problem{Path: dpkg.StatusDir + "/" + name, Message: fmt.Sprintf("package %s is also in /%s", name, dpkg.StatusFile)})
		}
		if db.Lists[name] {
			continue
		}
		report(check.Problem{
			Path: dpkg.StatusFile, Message: fmt.Sprintf("package %s has no file list", name), FromBase: true,
			In: func(ctx context.Context, other *check.Image) (bool, error) { return lacksList(ctx, other, name) },
		})
	}
	return items, nil
}

// architectures are Debian's names of those that official images are made for. The
// list of a package that may be installed for several architectures has one in its
// name.
var architectures = []string{"amd64", "arm64", "armhf", "armel", "i386", "ppc64el", "riscv64", "s390x"}

// lacksList reports whether an image has no list of a package's files.
func lacksList(ctx context.Context, img *check.Image, name string) (bool, error) {
	stem := dpkg.InfoDir + "/" + name
	places := []string{stem + ".list"}
	for _, a := range architectures {
		places = append(places, stem+":"+a+".list")
	}
	list, err := img.Find(ctx, places, check.Any)
	return list == nil, err
}
