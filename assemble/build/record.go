package build

import (
	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/label"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/official"
)

// NewRecord notes what a later run needs to find that it has nothing to do. It is nil if
// the boundary was found by tags, which may move. (A Debian release that was found by them
// is the image's own in any case.)
func NewRecord(a *analyze.Analysis) *label.Record {
	version := label.Version()
	if version == "" || extract.Boundary(a.Fat.Config) == 0 && official.HasNoHistory(a.Fat.Config) {
		return nil
	}
	rec := &label.Record{
		Version: version, Platform: a.Fat.PlatformName(), Runtime: a.In.Runtime.String(), Release: a.In.Release,
		Undecided: []string{}, Verify: report.Passed,
	}
	for _, q := range a.Sel.Questions {
		rec.Undecided = append(rec.Undecided, q.ID)
	}
	return rec
}
