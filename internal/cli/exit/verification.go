package exit

import (
	"fmt"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/extract/verify"
	"github.com/slimify/slimify/internal/cli/text"
)

// VerificationFailedError is an image whose verification failed, which stdout tells of.
type VerificationFailedError struct{ *assemble.Verification }

func (e *VerificationFailedError) Error() string {
	n := 0
	for _, p := range e.Platforms {
		for _, c := range p.Checks {
			n += c.Count(verify.Failure)
		}
		n += runFailures(p.Run)
	}
	return fmt.Sprintf("verification of %s failed: %s", e.Image.Ref, text.Count(n, "failure"))
}

// timedOut reports whether a command's time is all that failed.
func (e *VerificationFailedError) timedOut() bool {
	timedOut := false
	for _, p := range e.Platforms {
		for _, c := range p.Checks {
			if c.Count(verify.Failure) > 0 {
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

// runFailures counts what fails a verification.
func runFailures(run *assemble.RunReport) int {
	if run == nil {
		return 0
	}
	n := len(run.Imports.Failed) + len(run.Scripts.Failed)
	if n == 0 && run.Exit != nil && (*run.Exit != 0 || run.TimedOut) {
		n = 1
	}
	return n
}
