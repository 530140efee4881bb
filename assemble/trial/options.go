package trial

import (
	"io"
	"time"

	"github.com/slimify/slimify/internal/sandbox"
)

// Options say how programs of an image are run. The zero value works if a container runtime
// is installed.
type Options struct {
	// Command is run in the image; if it is empty, everything that is installed is tried:
	// modules are imported, scripts are started.
	Command []string
	// Output gets what the command prints; nil discards it.
	Output io.Writer
	// Runtime is the sandbox to use, one of [Runtimes]; "" means the first that works.
	Runtime string
	// Memory limits the private memory of each process in bytes; 0 means [DefaultMemory].
	Memory int64
	// Timeout limits how long programs of a platform run; 0 means [DefaultTimeout].
	Timeout time.Duration
	// Helper is a slimify program of this version, which the runtimes "namespaces" and
	// "bwrap" start inside the sandbox; "" leaves the two out.
	Helper string
}

// The defaults of [Options].
const (
	DefaultMemory  = 4 << 30
	DefaultTimeout = 10 * time.Minute
)

// Runtimes lists the sandboxes, in the order in which they are tried.
func Runtimes() []string { return sandbox.Names() }
