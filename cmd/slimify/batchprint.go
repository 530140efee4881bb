package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/slimify/slimify/assemble"
)

// pairPrinter prints the outcome of pairs: the result on stdout, all else on stderr.
type pairPrinter struct {
	t     *terminal
	quiet bool
	json  bool
}

// pairResult is the outcome of a pair in JSON.
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

// report prints the outcome of a pair. It fails if stdout does.
func (o *pairPrinter) report(ctx context.Context, p pair, rep *assemble.Report, failure error) error {
	res := pairResult{Line: p.line, Source: p.src.String(), Destination: p.dst.String()}
	if failure != nil {
		out := outcomeOf(ctx, failure)
		res.Error, res.Hint, res.ExitCode = tellable(failure.Error()), out.hint, out.code
		o.t.fail(p.src.String(), failure.Error(), out)
		return o.print(res)
	}
	res.Result, res.Unchanged = rep.Result.Ref, rep.Unchanged
	for _, platform := range rep.Platforms {
		res.Before += platform.Bytes.Compressed.Before
		res.After += platform.Bytes.Compressed.After
	}
	if !o.quiet {
		o.succeeded(p, rep, res)
	}
	return o.print(res)
}

// succeeded prints a pair that is done for people, or logs it.
func (o *pairPrinter) succeeded(p pair, rep *assemble.Report, res pairResult) {
	change := "nothing to do"
	if !rep.Unchanged {
		change = size(res.Before) + " -> " + size(res.After)
	}
	if o.t.records != nil {
		o.t.records.Info("pair done", "source", res.Source, "result", res.Result, "unchanged", res.Unchanged, "bytes_before", res.Before, "bytes_after", res.After)
	} else {
		fmt.Fprintf(o.t.stderr, "%s: %s\n", p.src, change)
	}
	logWarnings(p.opts.Log, rep.Warnings, true)
}

// summarize prints the counts of the whole list.
func (o *pairPrinter) summarize(n counts) {
	left := n.notStarted()
	if o.t.records != nil {
		o.t.records.Info("batch done", "pairs", n.pairs, "done", n.done, "unchanged", n.unchanged, "failed", n.failed, "not_started", left)
		return
	}
	fmt.Fprintf(o.t.stderr, "%s: %d done, of which %d had nothing to do; %d failed", count(n.pairs, "pair"), n.done, n.unchanged, n.failed)
	if left > 0 {
		fmt.Fprintf(o.t.stderr, "; %d not started", left)
	}
	fmt.Fprintln(o.t.stderr)
}

// print writes the result of a pair to stdout.
func (o *pairPrinter) print(res pairResult) error {
	var line []byte
	switch {
	case o.json:
		var err error
		if line, err = json.Marshal(res); err != nil {
			return err
		}
		line = append(line, '\n')
	case res.Error == "":
		line = []byte(res.Source + "\t" + res.Result + "\n")
	}
	if _, err := o.t.stdout.Write(line); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}
