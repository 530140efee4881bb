// Command slimify turns single-stage Python images into slim ones. It has the tree of
// commands, a file for each: its flags and what it calls in package assemble.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/slimify/slimify/internal/cli/exit"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/sandbox"
)

// memoryLimit is the soft limit of the heap in bytes. With it an image of 100,000 files
// takes less than 128 MiB in all: without it Go would let the heap double before it
// collects. Beyond the limit, collecting takes at most half of the time.
const memoryLimit = 84 << 20

func main() {
	sandbox.Main()
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program except its process. It returns the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal ends the run in order, a second one immediately.
	context.AfterFunc(ctx, stop)
	t := terminal.New(ctx, stdin, stdout, stderr)
	root := newRoot(t)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	t.Close()
	if err == nil {
		return exit.Done
	}
	o := exit.Of(ctx, err)
	if o.Code == exit.Interrupted {
		err = exit.Interruption(err)
	}
	if o.Hint == exit.SeeHelp {
		o.Hint = "see " + cmd.CommandPath() + " --help"
	}
	t.Fail("", err.Error(), o)
	return o.Code
}
