package system

import (
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// ClaimWorkdir claims what user layers have in WORKDIR, except caches in a WORKDIR such
// as /root.
func ClaimWorkdir(s *selection.State, owner selection.OwnerFunc, caches *Caches, claim selection.ClaimFunc) {
	dir, ok := Workdir(s.Config.Config.WorkingDir)
	if !ok {
		return
	}
	root, err := s.Upper().Resolve(dir)
	if err != nil {
		return // the user's layers have nothing there
	}
	root.Walk(func(n *layers.Node) bool {
		if owner(n) == "" && !caches.Below(n.Path(), root.Path()) {
			claim(n, "in WORKDIR /"+dir, "")
		}
		return true
	})
}

// Workdir is the cleaned WORKDIR; ok is false for none and for the root.
func Workdir(dir string) (string, bool) {
	name, err := layers.CleanName(dir)
	return name, err == nil && name != "."
}

// ClaimCopied claims the content of layers that COPY and ADD wrote, by history.
func ClaimCopied(s *selection.State, claim selection.ClaimFunc) {
	_, hasWorkdir := Workdir(s.Config.Config.WorkingDir)
	if s.Options.Minimal && hasWorkdir {
		return
	}
	copied := make(map[int]string)
	for _, step := range imageconfig.Steps(s.Config) {
		// The first layer is the Linux distribution, which an ADD may have written.
		if step.Layer > 0 && step.Layer >= s.Stack.Boundary && step.Copies() {
			copied[step.Layer] = "from " + imageconfig.LayerText(s.Config, step.Layer)
		}
	}
	s.Upper().Walk(func(n *layers.Node) bool {
		if text, ok := copied[n.Pos.Layer]; ok {
			claim(n, text, "")
		}
		return true
	})
}

// ClaimUnowned claims the remaining files, which no Debian package owns and which are
// not caches. The user put them there.
func ClaimUnowned(s *selection.State, owner selection.OwnerFunc, claim selection.ClaimFunc) {
	if s.Options.Minimal {
		return
	}
	s.Upper().Walk(func(n *layers.Node) bool {
		if owner(n) == "" {
			claim(n, "in a user layer, owned by no package", "")
		}
		return true
	})
}
