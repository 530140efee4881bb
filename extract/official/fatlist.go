package official

import (
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/fatbase"
)

// newestList is the suite whose list stands for those that have none: names of
// tools hardly change, and those of libraries in their numbers only.
const newestList = "bookworm"

// FatImage is what the official image below FAT's layers holds.
type FatImage struct {
	list *fatbase.List // empty if FAT was built on a slim image
	cold bool          // FAT was built on a fat image, whose layers are cold
}

// FatImageOf finds out whether FAT was built on a fat image. Where squashed
// layers hide that, the packages show it.
func FatImageOf(in *selection.Image, o *Family) *FatImage {
	list, onFat := fatbase.Of(in.Suite), false
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

// Packages are the names of the Debian packages that the image has, as far as its
// release is known.
func (f *FatImage) Packages() map[string]bool { return f.list.Packages }

// Tool returns the Debian package of a tool that the original base image has, by the
// list of its suite. ok is false if it has none of that name.
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

// Library reports whether the original base image may have a library that a pattern
// names. Without a list of the suite it compares the names alone.
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
