package assemble

import (
	"crypto/sha256"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"sync"
)

const modulePath = "github.com/slimify/slimify"

// programVersion names the code that makes a result: the module's version, as
// the Go tool recorded it. A build that is no clean commit's is a version of its
// own, named by the program's digest, so that a changed rule is never taken for
// the one that made an image. It is "" if neither can be told.
var programVersion = sync.OnceValue(func() string {
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
	h := sha256.New()
	if _, err := io.Copy(h, f); closeAll(err, f) != nil {
		return ""
	}
	return "build " + digestOf(h).String()
})
