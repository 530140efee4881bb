// Command slimify makes slim Python images of fat ones. It is a thin face on
// package assemble: flags, the terminal and exit codes are here, all else is
// there.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/sandbox"
)

// memoryLimit is the soft limit of the heap in bytes, which keeps an image of
// 100,000 files below 128 MiB in all: Go would let the trees of a large image
// double before it collects. Beyond the limit collecting takes more time, at most
// half.
const memoryLimit = 84 << 20

func main() {
	sandbox.Main()
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
	t := newTerminal(ctx, stdin, stdout, stderr)
	root := newRoot(t)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(t.stdout)
	root.SetErr(t.stderr)
	cmd, err := root.ExecuteContextC(ctx)
	t.Close()
	if err == nil {
		return exitDone
	}
	o := outcomeOf(ctx, err)
	if o.code == exitInterrupted {
		err = interrupted(err)
	}
	if o.hint == seeHelp {
		o.hint = "see " + cmd.CommandPath() + " --help"
	}
	t.fail("", err.Error(), o)
	return o.code
}

// interrupted is the error of a run that was broken off: by what, says nothing, but what
// was written by then does.
func interrupted(err error) error {
	var placed *assemble.PlacedError
	if errors.As(err, &placed) {
		return fmt.Errorf("interrupted; %s is in place", strings.Join(placed.Refs, ", "))
	}
	return errors.New("interrupted")
}

// tellable is a text as it is printed for people: it may hold what a registry answered,
// or a URL with a password.
func tellable(text string) string {
	lines := strings.Split(reference.Redact(text), "\n")
	for i, line := range lines {
		lines[i] = clean(line)
	}
	return strings.Join(lines, "\n")
}
