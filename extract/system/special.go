package system

import (
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// ClaimSpecial drops devices and pipes, which a running system creates.
func ClaimSpecial(s *selection.State, claim selection.ClaimFunc) {
	s.Upper().Walk(func(n *layers.Node) bool {
		if n.Kind == layers.Device || n.Kind == layers.Fifo {
			claim(n, n.Kind.String(), "")
		}
		return true
	})
}

// DeviceError is returned for a --keep of a device. A layer could hold it, but few
// runtimes would create it.
type DeviceError struct{ Path string }

func (e *DeviceError) Error() string { return "--keep matches the device " + e.Path }

// CheckSpecial returns a [*DeviceError] for a kept device, and warns of special files
// that are left behind.
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
		s.Selection.Warn("special-files", "%s left behind: the container's runtime creates its own", text.Counted(left, "special file"))
	}
	return nil
}

// ClaimLoaderCache drops FAT's ld.so.cache: it names libraries of the original base
// image. The base's cache stays.
func ClaimLoaderCache(s *selection.State, claim selection.ClaimFunc) {
	for _, name := range []string{"etc/ld.so.cache", "var/cache/ldconfig/aux-cache"} {
		if n, err := s.Upper().Lookup(name); err == nil {
			claim(n, "names libraries of the original base image", "")
		}
	}
}
