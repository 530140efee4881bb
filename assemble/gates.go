package assemble

import (
	"github.com/slimify/slimify/assemble/gate"
	"github.com/slimify/slimify/assemble/outline"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/selection"
)

// checkGates checks each platform of a draft. A platform that slimify made before has
// saved what it can: only its size matters.
func checkGates(dst string, limits gate.Limits, d *draft) error {
	for _, res := range d.results {
		gates, size := limits, report.Change{Before: res.Fat.Compressed(), After: res.Fat.Compressed()}
		switch {
		case res.Slim == nil:
			gates.MinSaving = 0
		case !d.rep.Unchanged: // else the source is copied, which is smaller
			size.After = res.Slim.CompressedSize()
		}
		if err := gates.Check(dst, res.Fat.PlatformName(), size); err != nil {
			return err
		}
	}
	return nil
}

// markNotWritten notes in a report why its result is not written, if there is an error.
func markNotWritten(rep *report.Report, err error) {
	if err != nil {
		rep.NotWritten = err.Error()
	}
}

// checkDecided returns a [*gate.UndecidedError] if a strict run leaves questions open.
func checkDecided(strict bool, questions []selection.Question) error {
	if !strict || len(questions) == 0 {
		return nil
	}
	return &gate.UndecidedError{Items: outline.Undecided(questions)}
}
