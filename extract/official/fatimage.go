package official

import (
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/fatbase"
)

// newestList is the release whose list is used for releases without one: names of tools
// hardly change, and names of libraries only in their numbers.
const newestList = "bookworm"

// FatImage is what the fat official image that FAT was built on holds.
type FatImage struct {
	list *fatbase.List // empty if FAT was not built on a fat image
	cold bool          // FAT was built on a fat image, whose layers are cold
}

// FatImageOf finds out whether FAT was built on a fat image: from its history, or from
// its packages if the layers were squashed.
func FatImageOf(in *selection.Image, o *Family) *FatImage {
	list, onFat := fatbase.Of(in.Release), false
	if in.Stack.Boundary > 0 {
		onFat = !OnSlim(in.Config, in.Stack.Boundary, o)
	} else {
		installed := debian.Versions(in.Upper())
		onFat = !slices.ContainsFunc(o.FatPackages, func(name string) bool { _, ok := installed[name]; return !ok })
	}
	if !onFat {
		list = fatbase.Of("")
	}
	return &FatImage{list, onFat && in.Stack.Boundary > 0}
}

// Cold reports whether there is such an image, and its layers are not read unless asked
// for.
func (f *FatImage) Cold() bool { return f.cold }

// Packages are the names of the image's Debian packages; none if its release has no
// list.
func (f *FatImage) Packages() map[string]bool { return f.list.Packages }

// Tool returns the Debian package of a tool in the original base image, from the list
// of its release. ok is false if the image does not have the tool.
func (f *FatImage) Tool(name string) (pkg string, ok bool) {
	if !f.cold {
		return "", false
	}
	list := f.list
	if !list.Known() {
		list = fatbase.Of(newestList)
	}
	pkg, ok = list.Tools[name]
	return pkg, ok
}

// Library reports whether the original base image may have a library that matches a
// pattern. Without a list of the release it compares names without their numbers.
func (f *FatImage) Library(pattern string) bool {
	if !f.cold {
		return false
	}
	list := f.list
	if !list.Known() {
		list = fatbase.Of(newestList)
		stem, _, _ := strings.Cut(pattern, ".so")
		pattern = stem + ".so*"
	}
	for name := range list.Libraries {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return false
}
