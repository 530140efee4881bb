package extract

import (
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/internal/fatbase"
)

// newestList is the suite whose list stands for those that have none: names of
// tools hardly change, and those of libraries in their numbers only.
const newestList = "bookworm"

// onlyInFat are packages of the fat images that hardly anybody installs together.
var onlyInFat = []string{"libbluetooth-dev", "libpq-dev", "mercurial", "subversion", "tk-dev"}

// fatList is what the fat image below FAT's layers holds. It is empty if FAT was
// built on a slim one. Where squashed layers hide that, the packages tell.
func fatList(in *Image) (list *fatbase.List, onFat bool) {
	list = fatbase.Of(in.Suite)
	if in.Stack.Boundary > 0 {
		onFat = !OnSlim(in.Config, in.Stack.Boundary)
	} else {
		installed := DebianPackages(in.tree())
		onFat = !slices.ContainsFunc(onlyInFat, func(name string) bool { _, ok := installed[name]; return !ok })
	}
	if !onFat {
		list = fatbase.Of("")
	}
	return list, onFat
}

// fatTool returns the Debian package of a tool that FAT's own base has, by the
// list of its suite. ok is false if it has none of that name.
func (s *scene) fatTool(name string) (pkg string, ok bool) {
	if !s.onFat || s.Stack.Boundary == 0 {
		return "", false
	}
	list := s.known
	if !list.Known() {
		list = fatbase.Of(newestList)
	}
	pkg, ok = list.Tools[name]
	return pkg, ok
}

// fatLibrary reports whether FAT's own base may have a library that a pattern
// names. Without a list of the suite it compares the names alone.
func (s *scene) fatLibrary(pattern string) bool {
	if !s.onFat || s.Stack.Boundary == 0 {
		return false
	}
	list := s.known
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
