package verify

import (
	"strings"
	"testing"
)

func TestShellScript(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ command, want string }{
		{"sh run.sh now", "run.sh"},
		{"/bin/bash -ex run.sh", "run.sh"},
		{"dash -o pipefail run.sh", "run.sh"},
		{"sh -eo pipefail run.sh", "run.sh"},
		{"bash -c run.sh", ""},
		{"bash -lc run.sh", ""},
		{"bash --login run.sh", ""},
		{"sh - run.sh", ""},
		{"sh -o", ""},
		{"sh", ""},
		{"zsh run.sh", ""},
	} {
		if got := shellScript(strings.Fields(c.command)); got != c.want {
			t.Errorf("%q runs %q, want %q", c.command, got, c.want)
		}
	}
}
