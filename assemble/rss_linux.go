package assemble

import "syscall"

// peakRSS is the most memory the process has held, in bytes (getrusage(2)
// counts in KiB on Linux).
func peakRSS() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Maxrss << 10
}
