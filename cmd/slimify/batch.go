package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// defaultPairs is how many pairs are slimmed at once, where there are as many CPUs:
// each takes the memory of a run.
const defaultPairs = 2

// batchError is a batch of which some pairs failed. Their own errors were told.
type batchError struct{ failed, of int }

func (e *batchError) Error() string {
	return fmt.Sprintf("%d of %s failed", e.failed, count(e.of, "pair"))
}

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
	b := &batch{t: t, fl: fl}
	return b.run(ctx, part.of(pairs), atOnce)
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

// batch is the slimming of many pairs.
type batch struct {
	t  *terminal
	fl *batchFlags

	mu                      sync.Mutex // of stdout and what follows
	done, unchanged, failed int
}

// run slims the pairs, so many at once. It returns an error of ctx, of stdout, or a
// *batchError.
func (b *batch) run(ctx context.Context, pairs []pair, atOnce int) error {
	shared, err := reference.NewConnections(b.fl.opts.Session)
	if err != nil {
		return err
	}
	defer shared.Close()
	g, running := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, p := range pairs {
		if running.Err() != nil {
			break
		}
		p.opts.Session.Connections = shared
		p.opts.Log = p.opts.Log.With("pair", p.src.String())
		g.Go(func() error {
			if err := running.Err(); err != nil {
				return err
			}
			rep, err := assemble.SlimRef(running, p.src, p.dst, p.opts)
			return b.tell(running, p, rep, err)
		})
	}
	err = g.Wait()
	if !b.fl.quiet {
		b.summarize(len(pairs))
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	case b.failed > 0:
		return &batchError{b.failed, len(pairs)}
	}
	return nil
}

// summarize tells what became of the whole list.
func (b *batch) summarize(pairs int) {
	left := pairs - b.done - b.failed
	if b.t.records != nil {
		b.t.records.Info("batch done", "pairs", pairs, "done", b.done, "unchanged", b.unchanged, "failed", b.failed, "not_started", left)
		return
	}
	fmt.Fprintf(b.t.stderr, "%s: %d done, of which %d had nothing to do; %d failed", count(pairs, "pair"), b.done, b.unchanged, b.failed)
	if left > 0 {
		fmt.Fprintf(b.t.stderr, "; %d not started", left)
	}
	fmt.Fprintln(b.t.stderr)
}

// pairResult is what -o json tells of a pair.
type pairResult struct {
	Line        int    `json:"line"`
	Source      string `json:"source"`
	Destination string `json:"destination"`
	Result      string `json:"result,omitempty"`
	Unchanged   bool   `json:"unchanged"`
	Before      int64  `json:"bytes_before,omitempty"`
	After       int64  `json:"bytes_after,omitempty"`
	Error       string `json:"error,omitempty"`
	Hint        string `json:"hint,omitempty"`
	ExitCode    int    `json:"exit_code"`
}

// tell prints what became of a pair. It fails if stdout does.
func (b *batch) tell(ctx context.Context, p pair, rep *report.Report, failure error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	res := pairResult{Line: p.line, Source: p.src.String(), Destination: p.dst.String()}
	if failure != nil {
		b.failed++
		o := outcomeOf(ctx, failure)
		res.Error, res.Hint, res.ExitCode = tellable(failure.Error()), o.hint, o.code
		b.t.fail(p.src.String(), failure.Error(), o)
	} else {
		b.done++
		res.Result, res.Unchanged = rep.Result.Ref, rep.Unchanged
		for _, platform := range rep.Platforms {
			res.Before += platform.Bytes.Compressed.Before
			res.After += platform.Bytes.Compressed.After
		}
		b.succeeded(p, rep, res)
	}
	return b.print(res)
}

// succeeded tells people of a pair that is done.
func (b *batch) succeeded(p pair, rep *report.Report, res pairResult) {
	if rep.Unchanged {
		b.unchanged++
	}
	if b.fl.quiet {
		return
	}
	text := "nothing to do"
	if !rep.Unchanged {
		text = size(res.Before) + " -> " + size(res.After)
	}
	if b.t.records != nil {
		b.t.records.Info("pair done", "source", res.Source, "result", res.Result, "unchanged", res.Unchanged, "bytes_before", res.Before, "bytes_after", res.After)
	} else {
		fmt.Fprintf(b.t.stderr, "%s: %s\n", p.src, text)
	}
	for _, w := range rep.Warnings {
		p.opts.Log.Warn(w.Message)
	}
}

func (b *batch) print(res pairResult) error {
	var line []byte
	switch {
	case b.fl.output == "json":
		var err error
		if line, err = json.Marshal(res); err != nil {
			return err
		}
		line = append(line, '\n')
	case res.Error == "":
		line = []byte(res.Source + "\t" + res.Result + "\n")
	}
	if _, err := b.t.stdout.Write(line); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}
