// Package batch slims the pairs of a list, or of one shard of it.
package batch

import (
	"context"
	"fmt"
	"sync"

	"github.com/dustin/go-humanize/english"
	"golang.org/x/sync/errgroup"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// FailedError is a batch in which pairs failed. The error of each was reported before.
type FailedError struct{ failed, pairs int }

func (e *FailedError) Error() string {
	return fmt.Sprintf("%d of %s failed", e.failed, english.Plural(e.pairs, "pair", ""))
}

// Counts are the pairs of a batch by outcome. Unchanged ones are done too.
type Counts struct{ Pairs, Done, Unchanged, Failed int }

// NotStarted counts the pairs that an interrupt left out.
func (c Counts) NotStarted() int { return c.Pairs - c.Done - c.Failed }

// ReportFunc reports the outcome of a pair; err is its failure. It is called for one
// pair at a time. An error ends the batch.
type ReportFunc func(ctx context.Context, p Pair, rep *report.Report, err error) error

// Run slims pairs, atOnce of them in parallel. A pair that fails stops no other;
// then the error is a *FailedError.
func Run(ctx context.Context, pairs []Pair, session reference.Options, atOnce int, outcome ReportFunc) (Counts, error) {
	shared, err := reference.NewConnections(session)
	if err != nil {
		return Counts{}, err
	}
	defer shared.Close()
	total := Counts{Pairs: len(pairs)}
	var mu sync.Mutex // of total and outcome
	g, running := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, p := range pairs {
		if running.Err() != nil {
			break
		}
		p.Options.Session.Connections = shared
		p.Options.Log = p.Options.Log.With("pair", p.Source.String())
		g.Go(func() error {
			if err := running.Err(); err != nil {
				return err
			}
			rep, err := assemble.SlimRef(running, p.Source, p.Destination, p.Options)
			mu.Lock()
			defer mu.Unlock()
			total.add(rep, err)
			return outcome(running, p, rep, err)
		})
	}
	err = g.Wait()
	switch {
	case ctx.Err() != nil:
		return total, ctx.Err()
	case err != nil:
		return total, err
	case total.Failed > 0:
		return total, &FailedError{total.Failed, total.Pairs}
	}
	return total, nil
}

// add counts the outcome of a pair.
func (c *Counts) add(rep *report.Report, err error) {
	if err != nil {
		c.Failed++
		return
	}
	c.Done++
	if rep.Unchanged {
		c.Unchanged++
	}
}
