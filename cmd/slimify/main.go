// Command slimify makes slim Python images of fat ones. It is a thin face on
// package assemble: flags, the terminal and exit codes are here, all else is
// there.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/slimify/slimify/assemble"
)

// A large image's trees live to the end, and Go's default of letting the heap
// double would double them too.
const (
	gcPercent = 40 // by which the heap may grow before it is collected
	// memoryLimit in bytes keeps an image of 100,000 files below 128 MiB in all. It
	// is soft: beyond it collecting takes more time, at most half.
	memoryLimit = 92 << 20
)

func main() {
	assemble.SandboxMain()
	debug.SetGCPercent(gcPercent)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program, apart from the process that it runs in.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal ends the run in order, a second one at once.
	context.AfterFunc(ctx, stop)
	root := newRoot(&terminal{stdin: stdin, stdout: stdout, stderr: stderr})
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	o := outcomeOf(ctx, err)
	fmt.Fprintf(stderr, "slimify: error: %v\n", err)
	if o.hint != "" {
		fmt.Fprintf(stderr, "slimify: hint: %s\n", o.hint)
	}
	return o.code
}
