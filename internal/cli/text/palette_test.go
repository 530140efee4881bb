package text

import (
	"testing"
)

func TestPalette(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		terminal bool
		env      map[string]string
		want     string
	}{
		{true, nil, "\x1b[31merror:\x1b[0m"},
		{true, map[string]string{"NO_COLOR": "1"}, "error:"},
		{true, map[string]string{"NO_COLOR": ""}, "\x1b[31merror:\x1b[0m"},
		{true, map[string]string{"CLICOLOR": "0"}, "error:"},
		{true, map[string]string{"CLICOLOR": "1"}, "\x1b[31merror:\x1b[0m"},
		{false, nil, "error:"},
	} {
		if got := NewPalette(c.terminal, func(name string) string { return c.env[name] }).Bad("error:"); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
