package text

import (
	"strings"
	"testing"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/verify"
)

// Each check of a report has a name of its own.
func TestVerificationNames(t *testing.T) {
	t.Parallel()
	p := report.PlatformVerification{Run: &report.Trial{Runtime: "bwrap"}}
	for _, name := range verify.Names(extract.Ecosystems()) {
		p.Checks = append(p.Checks, report.Check{Name: name, Status: "pass"})
	}
	var doc strings.Builder
	PrintVerification(&doc, &report.Verification{Platforms: []report.PlatformVerification{p}})
	seen := make(map[string]bool)
	for line := range strings.Lines(doc.String()) {
		name, _, _ := strings.Cut(line, " ")
		if seen[name] {
			t.Errorf("%s is printed twice:\n%s", name, doc.String())
		}
		seen[name] = true
	}
	if len(seen) != len(p.Checks)+2 {
		t.Errorf("%d names:\n%s", len(seen), doc.String())
	}
}
