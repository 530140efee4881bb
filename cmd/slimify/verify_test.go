package main

import (
	"strings"
	"testing"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/extract/verify"
)

// The hint of a verification that failed is for what failed it.
func TestVerifyHints(t *testing.T) {
	exit := 137
	late := &assemble.RunReport{Command: []string{"pytest"}, Exit: &exit, TimedOut: true}
	broken := assemble.CheckReport{Name: "elf", Findings: []assemble.FindingReport{{Severity: assemble.Failure}}}
	for name, c := range map[string]struct {
		platforms []assemble.PlatformVerification
		want      string
	}{
		"in time":       {[]assemble.PlatformVerification{{Run: &assemble.RunReport{Exit: &exit}}}, "--against FAT"},
		"late":          {[]assemble.PlatformVerification{{}, {Run: late}}, "--timeout"},
		"late, and not": {[]assemble.PlatformVerification{{Run: late}, {Run: &assemble.RunReport{Exit: &exit}}}, "--against FAT"},
		"broken too":    {[]assemble.PlatformVerification{{Run: late, Checks: []assemble.CheckReport{broken}}}, "--against FAT"},
	} {
		err := &unfitError{&assemble.Verification{Platforms: c.platforms}}
		if o := outcomeOf(t.Context(), err); o.code != exitGate || !strings.Contains(o.hint, c.want) {
			t.Errorf("%s: %+v, want a hint with %q", name, o, c.want)
		}
	}
}

// Two checks of one report have no one name.
func TestVerificationNames(t *testing.T) {
	p := assemble.PlatformVerification{Run: &assemble.RunReport{Runtime: "bwrap"}}
	for _, name := range verify.Names() {
		p.Checks = append(p.Checks, assemble.CheckReport{Name: name, Status: "pass"})
	}
	var doc strings.Builder
	printVerification(&doc, &assemble.Verification{Platforms: []assemble.PlatformVerification{p}})
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
