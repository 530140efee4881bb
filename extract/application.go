package extract

import (
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// claimWorkdir claims what user layers have in WORKDIR. Caches that lie in a
// WORKDIR such as /root stay litter.
func claimWorkdir(s *State, owner ownerFunc, claim claimFunc) {
	dir, ok := workdir(s.Config.Config.WorkingDir)
	if !ok {
		return
	}
	root, err := s.tree().Resolve(dir)
	if err != nil {
		return // nothing of the user's there
	}
	root.Walk(func(n *layers.Node) bool {
		if owner(n) == "" && !litterBelow(n.Path(), root.Path()) {
			claim(n, "in WORKDIR /"+dir, "")
		}
		return true
	})
}

// workdir is the cleaned WORKDIR; ok is false where it says nothing.
func workdir(dir string) (string, bool) {
	name, err := layers.CleanName(dir)
	return name, err == nil && name != "."
}

// claimCopied claims what the layers of COPY and ADD brought, by history.
func claimCopied(s *State, claim claimFunc) {
	_, hasWorkdir := workdir(s.Config.Config.WorkingDir)
	if s.opts.Minimal && hasWorkdir {
		return
	}
	copied := make(map[int]string)
	for _, step := range imageconfig.Steps(s.Config) {
		// The first layer is a distribution's files, which an ADD brings too.
		if step.Layer > 0 && step.Layer >= s.Stack.Boundary && step.Copies() {
			copied[step.Layer] = "brought by " + imageconfig.LayerText(s.Config, step.Layer)
		}
	}
	s.tree().Walk(func(n *layers.Node) bool {
		if text, ok := copied[n.Pos.Layer]; ok {
			claim(n, text, "")
		}
		return true
	})
}

// claimUnowned claims what remains: files that no Debian package owns and that
// are no litter. Somebody put them there.
func claimUnowned(s *State, owner ownerFunc, claim claimFunc) {
	if s.opts.Minimal {
		return
	}
	s.tree().Walk(func(n *layers.Node) bool {
		if owner(n) == "" {
			claim(n, "in a user's layer, owned by no package", "")
		}
		return true
	})
}

// claimSpecial drops what only a running system makes: devices and pipes.
func claimSpecial(s *State, claim claimFunc) {
	s.tree().Walk(func(n *layers.Node) bool {
		if n.Kind == layers.Device || n.Kind == layers.Fifo {
			claim(n, n.Kind.String(), "")
		}
		return true
	})
}

// DeviceError is returned for a device that --keep names. A layer could hold one,
// but few runtimes would make it.
type DeviceError struct{ Path string }

func (e *DeviceError) Error() string { return "--keep names the device " + e.Path }

// checkSpecial returns a [*DeviceError] for a device that the user wants kept, and
// warns of the special files that stay behind.
func checkSpecial(s *State) error {
	var left []string
	for _, it := range s.sel.Items {
		switch {
		case it.Kind == layers.Device && it.Verdict == Kept:
			return &DeviceError{"/" + it.Path}
		case it.Reason.Rule == RuleSpecial:
			left = append(left, "/"+it.Path)
		}
	}
	if len(left) > 0 {
		s.sel.warn("special-files", "%s left behind: a container's runtime makes its own", text.Counted(left, "device or pipe"))
	}
	return nil
}

// claimLoaderCache drops ld.so.cache: it names libraries of the fat base. The
// base's own stays.
func claimLoaderCache(s *State, claim claimFunc) {
	for _, name := range []string{"etc/ld.so.cache", "var/cache/ldconfig/aux-cache"} {
		if n, err := s.tree().Lookup(name); err == nil {
			claim(n, "made for the fat base's libraries", "")
		}
	}
}
