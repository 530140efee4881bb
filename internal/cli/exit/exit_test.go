package exit

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/slimify/slimify/assemble/gate"
	"github.com/slimify/slimify/assemble/report"
)

func TestStrictOutcome(t *testing.T) {
	t.Parallel()
	items := []report.Undecided{{ID: "tool:git", Keep: "deb:git"}, {ID: "tool:curl", Keep: "deb:curl"}}
	err := fmt.Errorf("platform linux/amd64: %w", &gate.UndecidedError{Items: items})
	got := Of(t.Context(), errors.Join(nil, err))
	want := Outcome{Gate, "keep it with --keep deb:git, or leave it behind with --accept tool:git; keep it with --keep deb:curl, or leave it behind with --accept tool:curl"}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// The hint of a failed verification fits the failure.
func TestVerifyHints(t *testing.T) {
	t.Parallel()
	exit := 137
	late := &report.Trial{Command: []string{"pytest"}, Exit: &exit, TimedOut: true}
	broken := report.Check{Name: "elf", Findings: []report.Finding{{Severity: report.Failure}}}
	for name, c := range map[string]struct {
		platforms []report.PlatformVerification
		want      string
	}{
		"in time":       {[]report.PlatformVerification{{Run: &report.Trial{Exit: &exit}}}, "--against FAT"},
		"late":          {[]report.PlatformVerification{{}, {Run: late}}, "--timeout"},
		"late, and not": {[]report.PlatformVerification{{Run: late}, {Run: &report.Trial{Exit: &exit}}}, "--against FAT"},
		"broken too":    {[]report.PlatformVerification{{Run: late, Checks: []report.Check{broken}}}, "--against FAT"},
	} {
		err := &VerifyError{&report.Verification{Platforms: c.platforms}}
		if o := Of(t.Context(), err); o.Code != Gate || !strings.Contains(o.Hint, c.want) {
			t.Errorf("%s: %+v, want a hint with %q", name, o, c.want)
		}
	}
}
