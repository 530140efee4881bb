package trial

import (
	"io"
	"time"

	"github.com/slimify/slimify/internal/sandbox"
)

// Options say how programs of an image are run. The zero value works where a
// container runtime is installed.
type Options struct {
	// Command is run in the image; empty means that what its interpreters have
	// installed is tried.
	Command []string
	// Output gets what the command prints; nil discards it.
	Output io.Writer
	// Runtime is the sandbox to use (see [Runtimes]); "" means the first that works.
	Runtime string
	// Memory bounds the private memory of each process in bytes; 0 means
	// [DefaultMemory].
	Memory int64
	// Timeout bounds the time for which programs of a platform run; 0 means
	// [DefaultTimeout].
	Timeout time.Duration
	// Helper is a slimify program of this version, which the runtimes "namespaces" and
	// "bwrap" start inside the sandbox; "" leaves the two out.
	Helper string
}

// The defaults of [RunOptions].
const (
	DefaultMemory  = 4 << 30
	DefaultTimeout = 10 * time.Minute
)

// Runtimes lists the sandboxes, in the order in which they are tried.
func Runtimes() []string { return sandbox.Names() }
