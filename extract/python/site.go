package python

import (
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/system"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/internal/paths"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// claimSite claims what lies in site directories and no list of files names: .pth files,
// copied modules, data that packages wrote. A directory of "pip install --target" is a
// site directory too, unless the application lies in it.
func claimSite(s *selection.State, owner selection.OwnerFunc, claim selection.ClaimFunc) {
	workdir, hasWorkdir := system.Workdir(s.Config.Config.WorkingDir)
	s.Upper().Walk(func(n *layers.Node) bool {
		target := n.Kind == layers.Dir && slices.ContainsFunc(n.Children(), isTargetInstall)
		if target && (sharedDir(s, n) || hasWorkdir && paths.Below(workdir, n.Path())) {
			target = false
		}
		if n.Kind != layers.Dir || !target && !isSiteName(n.Base()) {
			return true
		}
		n.Walk(func(c *layers.Node) bool {
			if owner(c) == "" {
				claim(c, "in a site directory", n.Path())
			}
			return true
		})
		return false
	})
}

// claimPythonPath claims the directories that PYTHONPATH names.
func claimPythonPath(s ecosystem.Scope, claim selection.ClaimFunc) {
	for dir := range strings.SplitSeq(imageconfig.Getenv(s.Config.Config.Env, "PYTHONPATH"), ":") {
		if n, err := s.Upper().Resolve(dir); err == nil && path.IsAbs(dir) && n.Parent() != nil && !sharedDir(s.State, n) {
			n.Walk(func(c *layers.Node) bool {
				if s.Owner(c) == "" && !s.CacheBelow(c.Path(), n.Path()) {
					claim(c, "on PYTHONPATH", "")
				}
				return true
			})
		}
	}
}

// claimScripts claims what users and installers put beside the interpreter: scripts of
// distributions without a list of files.
func claimScripts(s *selection.State, owner selection.OwnerFunc, claim selection.ClaimFunc) {
	bin, err := s.Upper().Lookup(installPrefix + "/bin")
	if err != nil {
		return
	}
	for _, c := range bin.Children() {
		if owner(c) == "" {
			claim(c, "in the interpreter's bin directory", "")
		}
	}
}

// claimInterpreter drops CPython's own files if they are in the user's layers (a squashed
// image): the base has its own. In other images a source that a user layer wrote over
// the standard library is a patch; it is not claimed but warned of.
func claimInterpreter(s *selection.State, claim selection.ClaimFunc) {
	t := s.Upper()
	if s.Stack.Boundary > 0 {
		warnOfPatches(s)
		return
	}
	version := minor(s.Runtime)
	t.Walk(func(n *layers.Node) bool {
		name, ok := strings.CutPrefix(n.Path(), installPrefix+"/")
		if !ok {
			return n.Path() == "." || n.Path() == path.Dir(installPrefix) || n.Path() == installPrefix
		}
		if interpreterFile(name, version) {
			claim(n, "part of CPython: the base has its own", "")
		}
		return true
	})
}

// interpreterFile reports whether CPython's "make install" creates a path, relative to
// the prefix.
func interpreterFile(name, minor string) bool {
	first, rest, _ := strings.Cut(name, "/")
	switch first {
	case "bin":
		for _, stem := range []string{"python", "idle", "pydoc", "2to3"} {
			if after, ok := strings.CutPrefix(rest, stem); ok && strings.Trim(after, "0123456789.-configm") == "" {
				return true
			}
		}
	case "include":
		return strings.HasPrefix(rest, "python"+minor)
	case "lib":
		return strings.HasPrefix(rest, "libpython") || strings.HasPrefix(rest, "pkgconfig/python") ||
			strings.HasPrefix(rest, "python"+minor+"/") && !strings.HasPrefix(rest, "python"+minor+"/site-packages/")
	case "share":
		return strings.HasPrefix(rest, "man/man1/python")
	}
	return false
}

// warnOfPatches warns of sources that user layers wrote into the standard library: they
// are kept over the base's, which may be of another build.
func warnOfPatches(s *selection.State) {
	lib, err := s.Upper().Lookup(stdlibDir(s.Runtime))
	if err != nil {
		return
	}
	var patched []string
	lib.Walk(func(n *layers.Node) bool {
		if n.Kind == layers.Dir {
			return path.Base(n.Path()) != "site-packages"
		}
		if _, isBytecode := sourceOf(n.Path()); !isBytecode {
			patched = append(patched, "/"+n.Path())
		}
		return true
	})
	if len(patched) > 0 {
		s.Selection.Warn("patched-stdlib", "%s in the standard library: kept over the base's; check that they fit its build", text.Counted(patched, "file"))
	}
}
