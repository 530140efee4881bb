package assemble

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
)

func TestUndecided(t *testing.T) {
	got := undecided([]extract.Question{
		{ID: "tool:git", Text: "git is called, and the base lacks it", Keep: "deb:git", Mentions: []extract.Mention{
			{Path: "app/a.py", Line: 3, Text: "subprocess.run(['git'])"}, {Path: "app/b.py", Line: 9, Text: "git"},
		}},
		{ID: "computed", Text: "a name is computed"},
	})
	want := []report.Undecided{
		{ID: "tool:git", Rule: "tool", Reason: "git is called, and the base lacks it", From: "/app/a.py", Keep: "deb:git", Mentions: []report.Mention{
			{Path: "/app/a.py", Line: 3, Text: "subprocess.run(['git'])"}, {Path: "/app/b.py", Line: 9, Text: "git"},
		}},
		{ID: "computed", Rule: "computed", Reason: "a name is computed", Mentions: []report.Mention{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestStrict(t *testing.T) {
	open := []extract.Question{{ID: "tool:git"}, {ID: "tool:curl"}}
	for _, c := range []struct {
		strict bool
		open   []extract.Question
		want   string
	}{
		{false, open, ""},
		{true, nil, ""},
		{true, open, "undecided under --strict: tool:git, tool:curl"},
	} {
		err := checkDecided(c.strict, c.open)
		var undecided *UndecidedError
		if errors.As(err, &undecided) != (c.want != "") || err != nil && err.Error() != c.want {
			t.Errorf("strict %v with %d questions: %v", c.strict, len(c.open), err)
		}
	}
}
