//go:build !linux

package sandbox

import (
	"errors"
	"os"
)

// candidates has no runtime that works: images for Linux run on Linux.
func candidates() []candidate {
	return []candidate{{"namespaces", func(Options) (starter, error) { return nil, errors.New("the programs of an image run on Linux only") }}}
}

// Main does nothing on this system.
func Main() {}

func closeInherited() error { return nil }

func exitStatus(state *os.ProcessState) int { return state.ExitCode() }
