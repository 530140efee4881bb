package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/dustin/go-humanize/english"
	"golang.org/x/sync/errgroup"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
)

// failedError is a batch in which pairs failed. The error of each was reported before.
type failedError struct{ failed, pairs int }

func (e *failedError) Error() string {
	return fmt.Sprintf("%d of %s failed", e.failed, english.Plural(e.pairs, "pair", ""))
}

// counts are the pairs of a batch by outcome. Unchanged ones are done too.
type counts struct{ pairs, done, unchanged, failed int }

// notStarted counts the pairs that an interrupt left out.
func (c counts) notStarted() int { return c.pairs - c.done - c.failed }

// reportFunc reports the outcome of a pair; err is its failure. It is called for one
// pair at a time. An error ends the batch.
type reportFunc func(ctx context.Context, p pair, rep *assemble.Report, err error) error

// runBatch slims pairs, atOnce of them in parallel. A pair that fails stops no other;
// then the error is a *failedError.
func runBatch(ctx context.Context, pairs []pair, session reference.Options, atOnce int, report reportFunc) (counts, error) {
	shared, err := reference.NewConnections(session)
	if err != nil {
		return counts{}, err
	}
	defer shared.Close()
	total := counts{pairs: len(pairs)}
	var mu sync.Mutex // of total and report
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
			rep, err := assemble.Slim(running, p.src, p.dst, p.opts)
			mu.Lock()
			defer mu.Unlock()
			total.add(rep, err)
			return report(running, p, rep, err)
		})
	}
	err = g.Wait()
	switch {
	case ctx.Err() != nil:
		return total, ctx.Err()
	case err != nil:
		return total, err
	case total.failed > 0:
		return total, &failedError{total.failed, total.pairs}
	}
	return total, nil
}

// add counts the outcome of a pair.
func (c *counts) add(rep *assemble.Report, err error) {
	if err != nil {
		c.failed++
		return
	}
	c.done++
	if rep.Unchanged {
		c.unchanged++
	}
}
