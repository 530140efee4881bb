package exit

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/extract/verify"
)

func TestStrictOutcome(t *testing.T) {
	t.Parallel()
	items := []assemble.UndecidedReport{{ID: "tool:git", Keep: "deb:git"}, {ID: "tool:curl", Keep: "deb:curl"}}
	err := fmt.Errorf("platform linux/amd64: %w", &assemble.UndecidedError{Items: items})
	got := Of(t.Context(), errors.Join(nil, err))
	want := Outcome{Gate, "keep it with --keep deb:git, or leave it out with --accept tool:git; keep it with --keep deb:curl, or leave it out with --accept tool:curl"}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// The hint of a failed verification fits the failure.
func TestVerifyHints(t *testing.T) {
	t.Parallel()
	exit := 137
	late := &assemble.RunReport{Command: []string{"pytest"}, Exit: &exit, TimedOut: true}
	broken := assemble.CheckReport{Name: "elf", Findings: []assemble.FindingReport{{Severity: verify.Failure}}}
	for name, c := range map[string]struct {
		platforms []assemble.PlatformVerification
		want      string
	}{
		"in time":       {[]assemble.PlatformVerification{{Run: &assemble.RunReport{Exit: &exit}}}, "--against FAT"},
		"late":          {[]assemble.PlatformVerification{{}, {Run: late}}, "--timeout"},
		"late, and not": {[]assemble.PlatformVerification{{Run: late}, {Run: &assemble.RunReport{Exit: &exit}}}, "--against FAT"},
		"broken too":    {[]assemble.PlatformVerification{{Run: late, Checks: []assemble.CheckReport{broken}}}, "--against FAT"},
	} {
		err := &VerifyError{&assemble.Verification{Platforms: c.platforms}}
		if o := Of(t.Context(), err); o.Code != Gate || !strings.Contains(o.Hint, c.want) {
			t.Errorf("%s: %+v, want a hint with %q", name, o, c.want)
		}
	}
}
