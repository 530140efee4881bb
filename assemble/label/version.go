package label

import (
	"os"
	"runtime/debug"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/internal/cleanup"
)

const modulePath = "github.com/slimify/slimify"

// Version names the code that makes a result: the module's version, as
// the Go tool recorded it. A build from anything but a clean commit is a version of its
// own, named by the program's digest, so that a changed rule is never taken for
// the one that made an image. It is "" if neither is known.
func Version() string { return version() }

var version = sync.OnceValue(func() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
			if m.Path == modulePath && m.Replace == nil && strings.HasPrefix(m.Version, "v") && !strings.Contains(m.Version, "dirty") {
				return m.Version
			}
		}
	}
	name, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	digest, _, err := v1.SHA256(f)
	if cleanup.Close(err, f) != nil {
		return ""
	}
	return "build " + digest.String()
})
