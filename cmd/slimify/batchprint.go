package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/batch"
	"github.com/slimify/slimify/internal/cli/exit"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/text"
)

// pairPrinter prints the outcome of pairs: the result on stdout, all else on stderr.
type pairPrinter struct {
	t     *terminal.Terminal
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
func (p *pairPrinter) report(ctx context.Context, pair batch.Pair, rep *report.Report, failure error) error {
	res := pairResult{Line: pair.Line, Source: pair.Source.String(), Destination: pair.Destination.String()}
	if failure != nil {
		out := exit.Of(ctx, failure)
		res.Error, res.Hint, res.ExitCode = text.Printable(failure.Error()), out.Hint, out.Code
		p.t.Fail(pair.Source.String(), failure.Error(), out)
		return p.print(res)
	}
	res.Result, res.Unchanged = rep.Result.Ref, rep.Unchanged
	for _, platform := range rep.Platforms {
		res.Before += platform.Bytes.Compressed.Before
		res.After += platform.Bytes.Compressed.After
	}
	if !p.quiet {
		p.succeeded(pair, rep, res)
	}
	return p.print(res)
}

// succeeded prints a pair that is done for people, or logs it.
func (p *pairPrinter) succeeded(pair batch.Pair, rep *report.Report, res pairResult) {
	change := "no changes"
	if !rep.Unchanged {
		change = text.Size(res.Before) + " -> " + text.Size(res.After)
	}
	if p.t.Records != nil {
		p.t.Records.Info("pair done", "source", res.Source, "result", res.Result, "unchanged", res.Unchanged, "bytes_before", res.Before, "bytes_after", res.After)
	} else {
		fmt.Fprintf(p.t.Stderr, "%s: %s\n", pair.Source, change)
	}
	text.LogWarnings(pair.Options.Log, rep.Warnings, true)
}

// summarize prints the counts of the whole list.
func (p *pairPrinter) summarize(n batch.Counts) {
	left := n.NotStarted()
	if p.t.Records != nil {
		p.t.Records.Info("batch done", "pairs", n.Pairs, "done", n.Done, "unchanged", n.Unchanged, "failed", n.Failed, "not_started", left)
		return
	}
	fmt.Fprintf(p.t.Stderr, "%s: %d done, %d of them without changes; %d failed", text.Count(n.Pairs, "pair"), n.Done, n.Unchanged, n.Failed)
	if left > 0 {
		fmt.Fprintf(p.t.Stderr, "; %d not started", left)
	}
	fmt.Fprintln(p.t.Stderr)
}

// print writes the result of a pair to stdout.
func (p *pairPrinter) print(res pairResult) error {
	var line []byte
	switch {
	case p.json:
		var err error
		if line, err = json.Marshal(res); err != nil {
			return err
		}
		line = append(line, '\n')
	case res.Error == "":
		line = []byte(res.Source + "\t" + res.Result + "\n")
	}
	if _, err := p.t.Stdout.Write(line); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}
