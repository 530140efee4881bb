package system

import (
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

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
