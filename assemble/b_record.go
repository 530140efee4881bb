package assemble

import (
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
)

// newRecord notes what a later run must know to find that it has nothing to do. It
// is nil if a later run could not know: the boundary was found by tags, which may
// move. (A Debian release that was found by them is the image's own in any case.)
func newRecord(a *Analysis) *Record {
	version := programVersion()
	if version == "" || extract.Boundary(a.fat.config) == 0 && extract.SilentHistory(a.fat.config) {
		return nil
	}
	rec := &Record{
		Version: version, Platform: a.fat.platformName(), Python: a.in.Runtime.Version, Suite: a.in.Suite,
		Undecided: []string{}, Verify: report.Passed,
	}
	for _, q := range a.sel.Questions {
		rec.Undecided = append(rec.Undecided, q.ID)
	}
	return rec
}
