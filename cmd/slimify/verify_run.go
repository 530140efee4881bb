package main

import (
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble/trial"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/usage"
	"github.com/slimify/slimify/internal/sandbox"
)

// runHelp is the help of slimify verify about running programs.
const runHelp = `With --run, programs of the image run in a sandbox, on a temporary copy: without
network, privileges or files of the host. The sandbox is bwrap, crun, runc or plain
user namespaces, whichever works first. It does not need root.

  --run               import the top-level modules of every Python package and
                      start every console script with --help
  --run --against FAT do the same in FAT first: what works there must work here
  --run -- COMMAND    run COMMAND instead: its exit status decides`

// runFlags are the flags of slimify verify for running programs.
type runFlags struct {
	run     bool
	runtime string
	memory  string
	timeout time.Duration
}

// add defines the flags.
func (fl *runFlags) add(f *pflag.FlagSet) {
	f.BoolVar(&fl.run, "run", false, "run programs of the image in a sandbox")
	f.StringVar(&fl.runtime, "runtime", "auto", "sandbox: auto, "+strings.Join(trial.Runtimes(), ", "))
	f.StringVar(&fl.memory, "memory", "4GiB", "memory limit of each process in the sandbox")
	f.DurationVar(&fl.timeout, "timeout", trial.DefaultTimeout, "time limit for everything that runs in the sandbox")
}

// args requires IMAGE, and allows a command after "--".
func (fl *runFlags) args(cmd *cobra.Command, args []string) error {
	images := args
	if dash := cmd.ArgsLenAtDash(); dash >= 0 {
		images = args[:dash]
		switch {
		case dash == len(args):
			return usage.Errorf("COMMAND is missing after --; usage: %s", cmd.UseLine())
		case !fl.run:
			return usage.Errorf("a command needs --run; usage: %s", cmd.UseLine())
		}
	}
	return usage.Args("IMAGE")(cmd, images)
}

// options turns the flags into options, or nil without --run. The output of a command goes
// to stderr.
func (fl *runFlags) options(t *terminal.Terminal, command []string) (*trial.Options, error) {
	if !fl.run {
		return nil, nil
	}
	o := &trial.Options{Command: command, Output: t.Stderr, Timeout: fl.timeout, Helper: sandbox.Self}
	if fl.runtime != "auto" {
		if !slices.Contains(trial.Runtimes(), fl.runtime) {
			return nil, usage.Errorf("--runtime %s: choose auto, %s", fl.runtime, strings.Join(trial.Runtimes(), ", "))
		}
		o.Runtime = fl.runtime
	}
	memory, err := humanize.ParseBytes(fl.memory)
	if err != nil || memory < minMemory || memory > 1<<62 {
		return nil, usage.Errorf("--memory %s: give a size of at least %s, such as 4GiB", fl.memory, humanize.IBytes(minMemory))
	}
	o.Memory = int64(memory)
	if o.Timeout <= 0 {
		return nil, usage.Errorf("--timeout %v: give a positive duration, such as 10m", fl.timeout)
	}
	return o, nil
}

// minMemory is less than any interpreter needs, in bytes.
const minMemory = 16 << 20
