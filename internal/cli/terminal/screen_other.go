//go:build !windows

package terminal

import "os"

// supportsEscapes reports whether a terminal supports escape sequences. All do except old
// consoles of Windows, and those that TERM calls dumb.
func supportsEscapes(*os.File) bool { return true }
