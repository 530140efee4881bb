package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/internal/batch"
	"github.com/slimify/slimify/internal/cli/output"
	"github.com/slimify/slimify/internal/cli/settings"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/usage"
)

// defaultPairs is the number of pairs to slim in parallel, if there are as many CPUs. Each
// takes the memory of a run.
const defaultPairs = 2

// batchFlags are the flags of slimify batch.
type batchFlags struct {
	settings.SelectionFlags
	output   string
	ifLarger string
	shard    string
	gates    settings.GateFlags
	attach   settings.AttachFlags
}

func newBatch(t *terminal.Terminal) *cobra.Command {
	var fl batchFlags
	cmd := &cobra.Command{
		Use:   "batch [flags] [FILE|-]",
		Short: "Slim many images: a list with a pair FAT SLIM per line",
		Long: `batch slims the pairs in FILE, or on standard input. A line is one of

  FAT SLIM
  {"source": "FAT", "result": "SLIM", "base": "…", "keep": ["…"], "drop": ["…"],
   "platforms": ["…"], "minimal": true, "accept": ["…"], "tags": ["…"]}

with the object on a single line. Its other values replace those of the flags.
Blank lines and lines that start with # are skipped. All lines are checked before
the first pair is slimmed: invalid lines are an error, and so are two that write to
the same place.

As soon as a pair is finished, batch prints FAT, a tab and the result to standard
output; with -o json it prints an object for each pair, failed ones included. A
failure stops no other pair. Running a batch again is cheap: a finished pair costs
about five requests.

--shard I/N, I from 0, slims the Ith of N parts of the list, for several machines.
/N takes I from JOB_COMPLETION_INDEX (Kubernetes) or CI_NODE_INDEX (GitLab); with
GitLab's CI_NODE_TOTAL no flag is needed. Images of one repository stay together.`,
		Example: `  slimify batch pairs.txt
  crane ls registry.example.com/app | sed 's|.*|registry.example.com/app:& registry.example.com/slim/app:&|' | slimify batch
  slimify batch --shard /8 -o json pairs.jsonl`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage.Errorf("unexpected argument %q; slimify batch takes one list", args[1])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			file := "-"
			if len(args) == 1 {
				file = args[0]
			}
			return fl.run(cmd.Context(), t, file)
		},
	}
	f := cmd.Flags()
	settings.AddStrict(f, &fl.Opts)
	f.BoolVar(&fl.Opts.DryRun, "dry-run", false, "do everything except writing the results; print their digests")
	f.StringVarP(&fl.output, "output", "o", output.Text, "format of the results on stdout: text (a line each) or json (an object each)")
	f.StringVar((*string)(&fl.Opts.Compression), "compression", "gzip", "compression of new layers: gzip or zstd")
	f.StringVar(&fl.ifLarger, "if-larger", "fail", "if a result would be larger than FAT: fail, or copy FAT")
	f.StringVar(&fl.shard, "shard", "", "I/N: slim the Ith (from 0) of N parts of the list; /N takes I from the environment")
	fl.attach.Add(f)
	fl.gates.Add(f)
	fl.Add(f)
	f.Lookup("jobs").Usage = fmt.Sprintf("pairs to slim in parallel, each with the memory of a run (default: the number of CPUs, at most %d)", defaultPairs)
	return cmd
}

// run slims the pairs of a list.
func (fl *batchFlags) run(ctx context.Context, t *terminal.Terminal, file string) error {
	if err := fl.Finish(t); err != nil {
		return err
	}
	fl.Opts.Session.Stdin = nil // it may be the list
	if err := checkOutput(fl.output, output.Text, output.JSON); err != nil {
		return err
	}
	var err error
	if fl.Opts.CopyIfLarger, err = copyIfLarger(fl.ifLarger); err != nil {
		return err
	}
	if fl.Opts.Gates, err = fl.gates.Parse(); err != nil {
		return err
	}
	if fl.Opts.Attach, err = fl.attach.Parse(); err != nil {
		return err
	}
	part, err := batch.ParseShard(fl.shard, os.Getenv)
	if err != nil {
		return err
	}
	atOnce := fl.Opts.Jobs
	if atOnce == 0 {
		atOnce = min(defaultPairs, runtime.GOMAXPROCS(0))
	}
	fl.Opts.Jobs = max(1, runtime.GOMAXPROCS(0)/atOnce)
	fl.Opts.Session.Jobs = 0
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(atOnce) * memoryLimit)
	}
	pairs, err := fl.read(t, file)
	if err != nil {
		return err
	}
	if err := batch.CheckDistinct(pairs); err != nil {
		return err
	}
	out := pairPrinter{t: t, quiet: fl.Quiet, json: fl.output == output.JSON}
	total, err := batch.Run(ctx, part.Of(pairs), fl.Opts.Session, atOnce, out.report)
	if !fl.Quiet {
		out.summarize(total)
	}
	return err
}

// read reads the list.
func (fl *batchFlags) read(t *terminal.Terminal, file string) (_ []batch.Pair, err error) {
	in := t.Stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, usage.Errorf("reading the list: %w", err)
		}
		defer func() { _ = f.Close() }() // it was only read
		in = f
	}
	return batch.Read(in, fl.Opts)
}
