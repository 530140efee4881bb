package text

import (
	"fmt"
	"log/slog"

	"github.com/slimify/slimify/assemble/report"
)

// platformRecord describes a platform in a record.
type platformRecord struct {
	Platform  string       `json:"platform"`
	Base      string       `json:"base"`
	Bytes     report.Bytes `json:"bytes"`
	Verified  string       `json:"verified"`
	Undecided int          `json:"undecided"`
}

// LogSummary logs what a run did, in one record.
func LogSummary(to *slog.Logger, rep *report.Report, dryRun bool) {
	platforms := []platformRecord{}
	for _, p := range rep.Platforms {
		platforms = append(platforms, platformRecord{p.Platform, p.Base.Ref, p.Bytes, p.Verify.Status, len(p.Undecided)})
	}
	to.Info("done", "source", rep.Source.Ref, "result", rep.Result.Ref, "unchanged", rep.Unchanged, "up_to_date", rep.UpToDate,
		"dry_run", dryRun, "platforms", platforms, "network", rep.Network)
}

// maxWarnings is the number of warnings in a summary of ten lines.
const maxWarnings = 2

// LogWarnings logs the warnings of a run: all, or as many as fit into a summary.
func LogWarnings(log *slog.Logger, warnings []report.Warning, all bool) {
	for i, w := range warnings {
		if i == maxWarnings-1 && len(warnings) > maxWarnings && !all {
			log.Warn(fmt.Sprintf("%d more: see slimify plan, or -v", len(warnings)-i))
			return
		}
		log.Warn(w.Message)
	}
}
