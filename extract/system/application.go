package system

import (
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// ClaimWorkdir claims what user layers have in WORKDIR. Caches that lie in a
// WORKDIR such as /root stay litter.
func ClaimWorkdir(s *selection.State, owner selection.OwnerFunc, caches *Caches, claim selection.ClaimFunc) {
	dir, ok := Workdir(s.Config.Config.WorkingDir)
	if !ok {
		return
	}
	root, err := s.Upper().Resolve(dir)
	if err != nil {
		return // nothing of the user's there
	}
	root.Walk(func(n *layers.Node) bool {
		if owner(n) == "" && !caches.Below(n.Path(), root.Path()) {
			claim(n, "in WORKDIR /"+dir, "")
		}
		return true
	})
}

// Workdir is the cleaned WORKDIR; ok is false where it says nothing.
func Workdir(dir string) (string, bool) {
	name, err := layers.CleanName(dir)
	return name, err == nil && name != "."
}

// ClaimCopied claims what the layers of COPY and ADD brought, by history.
func ClaimCopied(s *selection.State, claim selection.ClaimFunc) {
	_, hasWorkdir := Workdir(s.Config.Config.WorkingDir)
	if s.Options.Minimal && hasWorkdir {
		return
	}
	copied := make(map[int]string)
	for _, step := range imageconfig.Steps(s.Config) {
		// The first layer is a distribution's files, which an ADD brings too.
		if step.Layer > 0 && step.Layer >= s.Stack.Boundary && step.Copies() {
			copied[step.Layer] = "brought by " + imageconfig.LayerText(s.Config, step.Layer)
		}
	}
	s.Upper().Walk(func(n *layers.Node) bool {
		if text, ok := copied[n.Pos.Layer]; ok {
			claim(n, text, "")
		}
		return true
	})
}

// ClaimUnowned claims what remains: files that no Debian package owns and that
// are no litter. Somebody put them there.
func ClaimUnowned(s *selection.State, owner selection.OwnerFunc, claim selection.ClaimFunc) {
	if s.Options.Minimal {
		return
	}
	s.Upper().Walk(func(n *layers.Node) bool {
		if owner(n) == "" {
			claim(n, "in a user's layer, owned by no package", "")
		}
		return true
	})
}

// ClaimSpecial drops what only a running system makes: devices and pipes.
func ClaimSpecial(s *selection.State, claim selection.ClaimFunc) {
	s.Upper().Walk(func(n *layers.Node) bool {
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

// CheckSpecial returns a [*DeviceError] for a device that the user wants kept, and
// warns of the special files that stay behind.
func CheckSpecial(s *selection.State) error {
	var left []string
	for _, it := range s.Selection.Items {
		switch {
		case it.Kind == layers.Device && it.Verdict == selection.Kept:
			return &DeviceError{"/" + it.Path}
		case it.Reason.Rule == selection.Special:
			left = append(left, "/"+it.Path)
		}
	}
	if len(left) > 0 {
		s.Selection.Warn("special-files", "%s left behind: a container's runtime makes its own", text.Counted(left, "device or pipe"))
	}
	return nil
}

// ClaimLoaderCache drops ld.so.cache: it names libraries of the fat base. The
// base's own stays.
func ClaimLoaderCache(s *selection.State, claim selection.ClaimFunc) {
	for _, name := range []string{"etc/ld.so.cache", "var/cache/ldconfig/aux-cache"} {
		if n, err := s.Upper().Lookup(name); err == nil {
			claim(n, "made for the fat base's libraries", "")
		}
	}
}
