package main

import (
	"strings"
	"testing"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/verify"
)

// The hint of a verification that failed is for what failed it.
func TestVerifyHints(t *testing.T) {
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
		err := &unfitError{&report.Verification{Platforms: c.platforms}}
		if o := outcomeOf(t.Context(), err); o.code != exitGate || !strings.Contains(o.hint, c.want) {
			t.Errorf("%s: %+v, want a hint with %q", name, o, c.want)
		}
	}
}

// Two checks of one report have no one name.
func TestVerificationNames(t *testing.T) {
	p := report.PlatformVerification{Run: &report.Trial{Runtime: "bwrap"}}
	for _, name := range verify.Names() {
		p.Checks = append(p.Checks, report.Check{Name: name, Status: "pass"})
	}
	var doc strings.Builder
	printVerification(&doc, &report.Verification{Platforms: []report.PlatformVerification{p}})
	seen := make(map[string]bool)
	for line := range strings.Lines(doc.String()) {
		name, _, _ := strings.Cut(line, " ")
		if seen[name] {
			t.Errorf("%s stands there twice:\n%s", name, doc.String())
		}
		seen[name] = true
	}
	if len(seen) != len(p.Checks)+2 {
		t.Errorf("%d names:\n%s", len(seen), doc.String())
	}
}
