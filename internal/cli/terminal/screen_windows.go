package terminal

import (
	"os"

	"golang.org/x/sys/windows"
)

// supportsEscapes enables the escape sequences that other terminals support.
func supportsEscapes(f *os.File) bool {
	h := windows.Handle(f.Fd())
	var mode uint32
	if windows.GetConsoleMode(h, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(h, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
