package debian

import (
	"strings"
	"testing"
)

func TestAptInstalls(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"apt-get install git":                                          "git",
		"apt install -y --no-install-recommends git curl":              "git curl",
		"aptitude install git":                                         "git",
		"/usr/bin/apt-get -y install git=1:2.39 curl:arm64 x/bookworm": "git curl x",
		"apt-get update && apt-get install git; rm -rf /var/lib/apt":   "git",
		"if true; then apt-get install git; fi":                        "git",
		"sudo apt-get install git":                                     "git",
		"sudo env DEBIAN_FRONTEND=noninteractive apt-get install git":  "git",
		"DEBIAN_FRONTEND=noninteractive apt-get install git":           "git",
		"env A=b": "",
		"apt-get install ./local.deb /tmp/x.deb =x git": "=x git",
		"apt-get install $PACKAGES \"$MORE\" git":       "git",
		"apt-get remove git":                            "",
		"apt-get":                                       "",
		"git install apt-get":                           "",
		"echo apt-get install git":                      "",
		"apt-get install git && (":                      "",
		"apt-get install install git":                   "git",
	} {
		if got := strings.Join(aptInstalls(text), " "); got != want {
			t.Errorf("%q installs %q, want %q", text, got, want)
		}
	}
}
