package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/sandbox"
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
			return usagef("COMMAND is missing after --; usage: %s", cmd.UseLine())
		case !fl.run:
			return usagef("a command runs with --run only; usage: %s", cmd.UseLine())
		}
	}
	return exactArgs("IMAGE")(cmd, images)
}

// options turns the flags into options; nil if nothing is to be run. What a
// command prints goes to stderr.
func (fl *runFlags) options(t *terminal, command []string) (*assemble.RunOptions, error) {
	if !fl.run {
		return nil, nil
	}
	o := &assemble.RunOptions{Command: command, Output: t.stderr, Timeout: fl.timeout, Helper: sandbox.Self}
	if fl.runtime != "auto" {
		if !slices.Contains(assemble.Runtimes(), fl.runtime) {
			return nil, usagef("--runtime %s: choose auto, %s", fl.runtime, strings.Join(assemble.Runtimes(), ", "))
		}
		o.Runtime = fl.runtime
	}
	memory, err := humanize.ParseBytes(fl.memory)
	if err != nil || memory < minMemory || memory > 1<<62 {
		return nil, usagef("--memory %s: give a size of at least %s, such as 4GiB", fl.memory, humanize.IBytes(minMemory))
	}
	o.Memory = int64(memory)
	if o.Timeout <= 0 {
		return nil, usagef("--timeout %v: give a positive time, such as 10m", fl.timeout)
	}
	return o, nil
}

// minMemory is less than any interpreter needs.
const minMemory = 16 << 20

// runFailures counts what fails a verification.
func runFailures(run *report.Trial) int {
	if run == nil {
		return 0
	}
	n := len(run.Imports.Failed) + len(run.Scripts.Failed)
	if n == 0 && run.Exit != nil && (*run.Exit != 0 || run.TimedOut) {
		n = 1
	}
	return n
}

// printRun tells people what came of running programs.
func printRun(w io.Writer, run *report.Trial) {
	if run == nil {
		return
	}
	if run.Exit != nil {
		how := fmt.Sprintf("exit status %d", *run.Exit)
		if run.TimedOut {
			how = "it was not done in time"
		}
		fmt.Fprintf(w, "run       %s  %s: %s (%s)\n", run.Status, fit(strings.Join(run.Command, " "), textWidth), how, run.Runtime)
		return
	}
	for _, trial := range []struct {
		name, unit string
		report.TrialResult
	}{{"imported", "module", run.Imports}, {"scripts", "script", run.Scripts}} {
		status := "pass"
		if len(trial.Failed) > 0 {
			status = "fail"
		}
		fmt.Fprintf(w, "%-8s  %s  %s (%s)\n", trial.name, status, count(trial.Total, trial.unit), run.Runtime)
		printTrial(w, "failure", trial.Failed)
		printTrial(w, "note", trial.Notes)
	}
}

func printTrial(w io.Writer, severity string, findings []report.TrialFailure) {
	for i, f := range findings {
		if i == maxFindings {
			fmt.Fprintf(w, "  and %d more; -o json tells all\n", len(findings)-maxFindings)
			return
		}
		name := f.Name
		if name == "" {
			name = f.Interpreter
		}
		of := ""
		if f.Distribution != "" {
			of = " of " + clean(f.Distribution)
		}
		fmt.Fprintf(w, "  %s: %s%s: %s\n", severity, clean(name), of, clean(f.Reason))
	}
}
