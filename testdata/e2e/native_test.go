package e2e

import (
	"strings"
	"testing"

	"github.com/slimify/slimify/testdata/e2e/lab"
)

// An extension module that was built against the fat base's libraries: the
// naive copy loses libpq, with all that libpq needs.
func TestNative(t *testing.T) {
	lab.Need(t)
	fat, dst := lab.Build(t, "native", "e2e/native:fat"), lab.Registry()+"/e2e/native:slim"
	lab.Slim(t, fat, dst)

	want, err := lab.New(t, fat).Output("python", "app.py")
	if err != nil {
		t.Fatalf("the application fails in FAT: %v\n%s", err, want)
	}
	c := lab.New(t, dst)
	if got, err := c.Output("python", "app.py"); err != nil || got != want {
		t.Errorf("the application prints %q in FAT, and in SLIM (%v) %q", want, err, got)
	}
	for _, check := range []struct{ command, want string }{
		{"dpkg -S libpq.so.5; apt-get check", "libpq5:amd64: /usr/lib/x86_64-linux-gnu/libpq.so.5"},
		{"dpkg --audit; dpkg -l | tail -n 1; ls /usr/share/doc/libpq5/copyright", "copyright"},
		{"/sbin/ldconfig -p | grep libpq.so.5", "libpq.so.5"},
		{"mkdir -p /run && /sbin/ldconfig && python app.py", "libpq.so.5"}, // a later ldconfig agrees
	} {
		if out, err := c.Output("sh", "-c", check.command); err != nil || !strings.Contains(out, check.want) {
			t.Errorf("%s: %v\n%s", check.command, err, out)
		}
	}
}
