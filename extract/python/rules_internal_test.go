package python

import (
	"slices"
	"testing"

	"github.com/slimify/slimify/extract/selection"
)

// The attributes of Python's rules decide what images hold.
func TestRules(t *testing.T) {
	t.Parallel()
	rules := []*selection.Rule{ruleRecord, ruleEggInfo, ruleEnvironment, ruleEditable, ruleSite, ruleInterpreter, ruleScript, rulePath, ruleBytecode}
	for _, c := range []struct {
		attribute string
		has       func(*selection.Rule) bool
		want      []*selection.Rule
	}{
		{"drops", func(r *selection.Rule) bool { return r.Verdict == selection.Dropped }, []*selection.Rule{ruleInterpreter}},
		{"the application's", func(r *selection.Rule) bool { return r.Part == selection.Application }, []*selection.Rule{ruleEditable, rulePath}},
		{"final", func(r *selection.Rule) bool { return r.Final }, []*selection.Rule{ruleInterpreter}},
		{"by content", func(r *selection.Rule) bool { return r.ByContent }, []*selection.Rule{ruleSite, ruleScript}},
		{"on evidence", func(r *selection.Rule) bool { return r.OnEvidence }, []*selection.Rule{ruleEnvironment, ruleEditable}},
		{"whole package", func(r *selection.Rule) bool { return r.WholePackage }, []*selection.Rule{ruleEnvironment}},
		{"origin", func(r *selection.Rule) bool { return r.Origin }, nil},
		{"packaged", func(r *selection.Rule) bool { return r.Packaged }, []*selection.Rule{ruleRecord}},
		{"derived", func(r *selection.Rule) bool { return r.Derived }, []*selection.Rule{ruleBytecode}},
		{"runtime", func(r *selection.Rule) bool { return r.Runtime }, []*selection.Rule{ruleInterpreter}},
		{"unused", func(r *selection.Rule) bool { return r.Unused }, nil},
	} {
		for _, r := range rules {
			if got, want := c.has(r), slices.Contains(c.want, r); got != want {
				t.Errorf("%s: %s is %t, want %t", c.attribute, r, got, want)
			}
		}
	}
}
