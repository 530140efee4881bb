package assemble

import (
	"errors"
	"testing"

	"github.com/slimify/slimify/assemble/gate"
	"github.com/slimify/slimify/extract/selection"
)

func TestStrict(t *testing.T) {
	t.Parallel()
	open := []selection.Question{{ID: "tool:git"}, {ID: "tool:curl"}}
	for _, c := range []struct {
		strict bool
		open   []selection.Question
		want   string
	}{
		{false, open, ""},
		{true, nil, ""},
		{true, open, "undecided under --strict: tool:git, tool:curl"},
	} {
		err := checkDecided(c.strict, c.open)
		var undecided *gate.UndecidedError
		if errors.As(err, &undecided) != (c.want != "") || err != nil && err.Error() != c.want {
			t.Errorf("strict %v with %d questions: %v", c.strict, len(c.open), err)
		}
	}
}
