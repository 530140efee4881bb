package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// defaultPairs is how many pairs are slimmed at once, where there are as many CPUs:
// each takes the memory of a run.
const defaultPairs = 2

// batchFlags are the flags of the command for many pairs.
type batchFlags struct {
	choosing
	output   string
	ifLarger string
	shard    string
	gates    gateFlags
	attach   attachFlags
}

func newBatch(t *terminal) *cobra.Command {
	var fl batchFlags
	cmd := &cobra.Command{
		Use:   "batch [flags] [FILE|-]",
		Short: "Slim many images, one pair FAT SLIM per line",
		Long: `batch slims the pairs that FILE, or standard input, lists: one on each line, as

  FAT SLIM
  {"source": "FAT", "result": "SLIM", "base": "…", "keep": ["…"], "drop": ["…"],
   "platforms": ["…"], "minimal": true, "accept": ["…"], "tags": ["…"]}

an object being one line. What it has besides source and result replaces what the
flags say. Blank lines and lines that begin with # are skipped. All lines are read
before the first pair is slimmed; a wrong one is an error, and so are two that
write to one place.

Each pair that is done gives a line on standard output, FAT and what it became,
with a tab between, as soon as it is done; with -o json each pair gives an object,
failed ones too. A failure stops no other pair. Running a batch again is
cheap: a pair that is done costs about five requests.

--shard I/N, I from 0, takes the part of the list that is the Ith of N machines';
/N takes I from JOB_COMPLETION_INDEX (Kubernetes) or CI_NODE_INDEX (GitLab), and
GitLab's CI_NODE_TOTAL needs no flag. Images of one repository stay together.`,
		Example: `  slimify batch pairs.txt
  crane ls registry.example.com/app | sed 's|.*|registry.example.com/app:& registry.example.com/slim/app:&|' | slimify batch
  slimify batch --shard /8 -o json pairs.jsonl`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("%q is one argument too many; slimify batch takes one list", args[1])
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
	addStrict(f, &fl.opts)
	f.BoolVar(&fl.opts.DryRun, "dry-run", false, "do all but write the results; print the digests that they would have")
	f.StringVarP(&fl.output, "output", "o", "text", "form of the results on stdout: text (a line each) or json (an object each)")
	f.StringVar((*string)(&fl.opts.Compression), "compression", "gzip", "compression of the layers that are written: gzip or zstd")
	f.StringVar(&fl.ifLarger, "if-larger", "fail", "what to do when a result would be larger than FAT: fail or copy")
	f.StringVar(&fl.shard, "shard", "", "I/N: slim the Ith (from 0) of N parts of the list; /N takes I from the environment")
	fl.attach.add(f)
	fl.gates.add(f)
	fl.add(f)
	f.Lookup("jobs").Usage = fmt.Sprintf("pairs slimmed at once, each with the memory of a run (default: the number of CPUs, at most %d)", defaultPairs)
	return cmd
}

func (fl *batchFlags) run(ctx context.Context, t *terminal, file string) error {
	if err := fl.finish(t); err != nil {
		return err
	}
	fl.opts.Session.Stdin = nil // it is the list's
	if err := checkOutput(fl.output, formText, formJSON); err != nil {
		return err
	}
	var err error
	if fl.opts.CopyIfLarger, err = copyIfLarger(fl.ifLarger); err != nil {
		return err
	}
	if fl.opts.Gates, err = fl.gates.parse(); err != nil {
		return err
	}
	if fl.opts.Attach, err = fl.attach.parse(); err != nil {
		return err
	}
	part, err := parseShard(fl.shard, os.Getenv)
	if err != nil {
		return err
	}
	atOnce := fl.opts.Jobs
	if atOnce == 0 {
		atOnce = min(defaultPairs, runtime.GOMAXPROCS(0))
	}
	fl.opts.Jobs = max(1, runtime.GOMAXPROCS(0)/atOnce)
	fl.opts.Session.Jobs = 0
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(atOnce) * memoryLimit)
	}
	pairs, err := fl.read(t, file)
	if err != nil {
		return err
	}
	if err := checkApart(pairs); err != nil {
		return err
	}
	out := pairPrinter{t: t, quiet: fl.quiet, json: fl.output == formJSON}
	total, err := runBatch(ctx, part.of(pairs), fl.opts.Session, atOnce, out.report)
	if !fl.quiet {
		out.summarize(total)
	}
	return err
}

// read reads the list.
func (fl *batchFlags) read(t *terminal, file string) (_ []pair, err error) {
	in := t.stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, usagef("reading the list: %w", err)
		}
		defer func() { _ = f.Close() }() // it was only read
		in = f
	}
	return readPairs(in, fl.opts)
}
