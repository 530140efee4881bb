package imports_test

import (
	"strings"
	"testing"

	"github.com/slimify/slimify/extract/python/imports"
)

func TestScript(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ command, want string }{
		{"python app.py --port 80", "app.py"},
		{"/usr/local/bin/python3.12 -u app.py", "app.py"},
		{"python -W ignore -X dev -OO app.py", "app.py"},
		{"python -m http.server 80", ""},
		{"python -um http.server", ""},
		{"python -c pass app.py", ""},
		{"python -uc pass app.py", ""},
		{"python - app.py", ""},
		{"python --version app.py", ""},
		{"python -u", ""},
		{"python", ""},
		{"sh app.py", ""},
		{"", ""},
	} {
		if got := imports.Script(strings.Fields(c.command)); got != c.want {
			t.Errorf("%q runs %q, want %q", c.command, got, c.want)
		}
	}
}
