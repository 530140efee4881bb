package main

import (
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/usage"
)

// runHelp is what the help of slimify verify says of running programs.
const runHelp = `With --run, programs of the image run in a sandbox, in a copy that is thrown away:
without a network, rights or files of the host. It is made by bwrap, crun or runc,
or by user namespaces alone, whichever works first. Root need not be.

  --run               import the top-level modules of every distribution and start
                      every console script with --help
  --run --against FAT the same in FAT first: what works there must work here
  --run -- COMMAND    run COMMAND instead: its exit status decides`

// runFlags are the flags of slimify verify that are about running programs.
type runFlags struct {
	run     bool
	runtime string
	memory  string
	timeout time.Duration
}

func (fl *runFlags) add(f *pflag.FlagSet) {
	f.BoolVar(&fl.run, "run", false, "run programs of the image in a sandbox")
	f.StringVar(&fl.runtime, "runtime", "auto", "what makes the sandbox: auto, "+strings.Join(assemble.Runtimes(), ", "))
	f.StringVar(&fl.memory, "memory", "4GiB", "private memory of each process in the sandbox")
	f.DurationVar(&fl.timeout, "timeout", assemble.DefaultTimeout, "time for all that runs in the sandbox")
}

// args asks for IMAGE, and for nothing more than a command after a "--".
func (fl *runFlags) args(cmd *cobra.Command, args []string) error {
	images := args
	if dash := cmd.ArgsLenAtDash(); dash >= 0 {
		images = args[:dash]
		switch {
		case dash == len(args):
			return usage.Errorf("COMMAND is missing after --; usage: %s", cmd.UseLine())
		case !fl.run:
			return usage.Errorf("a command runs with --run only; usage: %s", cmd.UseLine())
		}
	}
	return usage.Args("IMAGE")(cmd, images)
}

// options turns the flags into options; nil if nothing is to be run. What a
// command prints goes to stderr.
func (fl *runFlags) options(t *terminal.Terminal, command []string) (*assemble.RunOptions, error) {
	if !fl.run {
		return nil, nil
	}
	o := &assemble.RunOptions{Command: command, Output: t.Stderr, Timeout: fl.timeout, Reexec: true}
	if fl.runtime != "auto" {
		if !slices.Contains(assemble.Runtimes(), fl.runtime) {
			return nil, usage.Errorf("--runtime %s: choose auto, %s", fl.runtime, strings.Join(assemble.Runtimes(), ", "))
		}
		o.Runtime = fl.runtime
	}
	memory, err := humanize.ParseBytes(fl.memory)
	if err != nil || memory < minMemory || memory > 1<<62 {
		return nil, usage.Errorf("--memory %s: give a size of at least %s, such as 4GiB", fl.memory, humanize.IBytes(minMemory))
	}
	o.Memory = int64(memory)
	if o.Timeout <= 0 {
		return nil, usage.Errorf("--timeout %v: give a positive time, such as 10m", fl.timeout)
	}
	return o, nil
}

// minMemory is less than any interpreter needs.
const minMemory = 16 << 20
