package exit

import (
	"fmt"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/cli/text"
)

// VerifyError is the failure of slimify verify, which prints the findings before.
type VerifyError struct{ *report.Verification }

func (e *VerifyError) Error() string {
	n := 0
	for _, p := range e.Platforms {
		for _, c := range p.Checks {
			n += c.Count(report.Failure)
		}
		n += runFailures(p.Run)
	}
	return fmt.Sprintf("verification of %s failed: %s", e.Image.Ref, text.Count(n, "failure"))
}

// timedOut reports whether nothing failed but a command that timed out.
func (e *VerifyError) timedOut() bool {
	timedOut := false
	for _, p := range e.Platforms {
		for _, c := range p.Checks {
			if c.Count(report.Failure) > 0 {
				return false
			}
		}
		if p.Run == nil || runFailures(p.Run) == 0 {
			continue
		}
		if !p.Run.TimedOut {
			return false
		}
		timedOut = true
	}
	return timedOut
}

// runFailures counts the failures of programs that were run.
func runFailures(run *report.Trial) int {
	if run == nil {
		return 0
	}
	n := len(run.Imports.Failed) + len(run.Scripts.Failed)
	if n == 0 && run.Exit != nil && (*run.Exit != 0 || run.TimedOut) {
		n = 1
	}
	return n
}
