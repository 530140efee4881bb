package native

import (
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/elffile"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// Loader is where the dynamic loader of an image looks for libraries (ld.so(8)).
type Loader struct {
	Conf []string // directories that ldconfig scans, in order
	Path []string // LD_LIBRARY_PATH
}

// NewLoader reads the environment of an image and the ld.so.conf.d of its trees.
func NewLoader(env []string, trees ...*layers.Tree) Loader {
	var l Loader
	for dir := range strings.SplitSeq(imageconfig.Getenv(env, "LD_LIBRARY_PATH"), ":") {
		if strings.HasPrefix(dir, "/") {
			l.Path = append(l.Path, dir)
		}
	}
	for _, t := range trees {
		conf, err := t.Resolve("etc/ld.so.conf.d")
		if err != nil {
			continue
		}
		for _, f := range conf.Children() {
			for line := range strings.Lines(string(f.Evidence)) {
				line, _, _ = strings.Cut(line, "#")
				if line = strings.TrimSpace(line); !strings.HasPrefix(line, "/") {
					continue
				}
				if dir, err := layers.CleanName(line); err == nil && !slices.Contains(l.Conf, dir) {
					l.Conf = append(l.Conf, dir)
				}
			}
		}
	}
	return l
}

// loaderOf returns the loader of SLIM: FAT's user layers over the base.
func loaderOf(s *selection.State) Loader {
	return NewLoader(s.Config.Config.Env, s.Upper(), s.Base.Tree)
}

// Search lists the directories in which the loader looks for the libraries of a file,
// in order.
func (l Loader) Search(file string, info *elffile.Info) []string {
	var dirs []string
	expand := func(list []string) {
		for _, entry := range list {
			for dir := range strings.SplitSeq(entry, ":") {
				if dir = expandTokens(dir, file, info); dir != "" {
					dirs = append(dirs, dir)
				}
			}
		}
	}
	if len(info.Runpath) == 0 {
		expand(info.Rpath)
	}
	expand(l.Path)
	expand(info.Runpath)
	dirs = append(dirs, l.Conf...)
	return append(dirs, TrustedDirs(info)...)
}

// TrustedDirs are the directories in which the loader looks last, without its cache.
func TrustedDirs(info *elffile.Info) []string {
	if m := info.Multiarch(); m != "" {
		return []string{"lib/" + m, "usr/lib/" + m, "lib", "usr/lib"}
	}
	return []string{"lib", "usr/lib"}
}

// expandTokens replaces the loader's tokens ("Dynamic string tokens" in
// ld.so(8)).
func expandTokens(dir, file string, info *elffile.Info) string {
	lib := "lib"
	if m := info.Multiarch(); m != "" {
		lib = "lib/" + m
	}
	for token, value := range map[string]string{"ORIGIN": "/" + path.Dir(file), "LIB": lib} {
		dir = strings.ReplaceAll(dir, "${"+token+"}", value)
		dir = strings.ReplaceAll(dir, "$"+token, value)
	}
	if dir == "" || strings.Contains(dir, "$") {
		return ""
	}
	name, err := layers.CleanName(dir)
	if err != nil {
		return ""
	}
	return name
}

// Places lists where the loader looks for a library that a file needs, in its order. A
// name with a slash is a path.
func (l Loader) Places(file string, info *elffile.Info, library string) []string {
	if strings.Contains(library, "/") {
		return []string{library}
	}
	dirs := l.Search(file, info)
	for i, dir := range dirs {
		dirs[i] = path.Join(dir, library)
	}
	return dirs
}

// Fits returns a function that reports whether a node is a library for the class and
// machine of an ELF file.
func Fits(info *elffile.Info) func(*layers.Node) bool {
	return func(n *layers.Node) bool {
		found := evidence.ELF(n)
		return found != nil && info.Fits(found)
	}
}
