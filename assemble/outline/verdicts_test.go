package outline

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/selection"
)

func TestUndecided(t *testing.T) {
	t.Parallel()
	got := Undecided([]selection.Question{
		{ID: "tool:git", Text: "git is called, but the base lacks it", Keep: "deb:git", Mentions: []selection.Mention{
			{Path: "app/a.py", Line: 3, Text: "subprocess.run(['git'])"}, {Path: "app/b.py", Line: 9, Text: "git"},
		}},
		{ID: "computed", Text: "a name is computed"},
	})
	want := []report.Undecided{
		{ID: "tool:git", Rule: "tool", Reason: "git is called, but the base lacks it", From: "/app/a.py", Keep: "deb:git", Mentions: []report.Mention{
			{Path: "/app/a.py", Line: 3, Text: "subprocess.run(['git'])"}, {Path: "/app/b.py", Line: 9, Text: "git"},
		}},
		{ID: "computed", Rule: "computed", Reason: "a name is computed", Mentions: []report.Mention{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
