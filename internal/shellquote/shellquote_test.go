package shellquote_test

import (
	"os/exec"
	"testing"

	"github.com/slimify/slimify/internal/shellquote"
)

// Whatever a file is called, a shell reads its name as one word.
func TestWord(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"deb:git": "deb:git", "/app/a_b-1.2+3.py": "/app/a_b-1.2+3.py", "": "''", "/opt/**": "'/opt/**'",
		"/tmp/$(id)": "'/tmp/$(id)'", "/tmp/a;rm b": "'/tmp/a;rm b'", "/it's": `'/it'\''s'`, "~": "'~'", "/é\n": "'/é\n'",
	} {
		if got := shellquote.Word(in); got != want {
			t.Errorf("%q is %s, want %s", in, got, want)
		}
		if sh, err := exec.LookPath("sh"); err == nil {
			out, err := exec.CommandContext(t.Context(), sh, "-c", "printf %s "+shellquote.Word(in)).Output()
			if err != nil || string(out) != in {
				t.Errorf("sh reads %q of %q: %v", out, in, err)
			}
		}
	}
}
