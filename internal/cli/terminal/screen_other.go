//go:build !windows

package terminal

import "os"

// steerable reports whether a terminal obeys escape sequences: all do but
// Windows' older consoles, and those that TERM calls dumb.
func steerable(*os.File) bool { return true }
