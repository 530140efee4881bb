package terminal

import (
	"os"

	"golang.org/x/sys/windows"
)

// steerable makes a console obey the escape sequences that other terminals know.
func steerable(f *os.File) bool {
	h := windows.Handle(f.Fd())
	var mode uint32
	if windows.GetConsoleMode(h, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(h, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
