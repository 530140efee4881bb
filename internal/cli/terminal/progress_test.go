package terminal

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cli/usage"
)

// layerWork is reading a layer of that many bytes.
func layerWork(what string, bytes int64) reference.Work {
	return reference.Work{Verb: "reading", What: what, Image: "host:5000/team/app:1.0", Bytes: bytes}
}

// Without a terminal, work in progress is logged every ten seconds, and finished work is
// not. (synctest has a clock of its own.)
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		json bool
		want []string
	}{
		"text": {false, []string{
			"slimify: still opening host:5000/team/app:1.0, for 10s\n",
			"slimify: still reading layer 8 of 9 of host:5000/team/app:1.0: 12 MB of 100 MB\n",
			"slimify: still reading layer 8 of 9 of host:5000/team/app:1.0: 24 MB of 100 MB\nslimify: still reading layer 9 of 9 of host:5000/team/app:1.0: 0 B of 5.0 kB\n",
			"",
		}},
		"json": {true, []string{
			`{"level":"INFO","msg":"progress","verb":"opening","what":"","image":"host:5000/team/app:1.0","bytes":0,"total":0,"seconds":10}` + "\n",
			`{"level":"INFO","msg":"progress","verb":"reading","what":"layer 8 of 9","image":"host:5000/team/app:1.0","bytes":12000000,"total":100000000,"seconds":4}` + "\n",
			`{"level":"INFO","msg":"progress","verb":"reading","what":"layer 8 of 9","image":"host:5000/team/app:1.0","bytes":24000000,"total":100000000,"seconds":14}` + "\n" +
				`{"level":"INFO","msg":"progress","verb":"reading","what":"layer 9 of 9","image":"host:5000/team/app:1.0","bytes":0,"total":5000,"seconds":9}` + "\n",
			"",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				log := slog.New(newTextHandler(&out, slog.LevelInfo, false))
				if c.json {
					noTime := func(_ []string, a slog.Attr) slog.Attr {
						if a.Key == slog.TimeKey {
							return slog.Attr{}
						}
						return a
					}
					log = slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{ReplaceAttr: noTime}))
				}
				l := newLines(log, c.json)
				step := l.Start(reference.Work{Verb: "opening", Image: "host:5000/team/app:1.0"})
				var first, second reference.Task
				for i, between := range []func(){
					func() {},
					func() { // the step goes on, and is not logged while other work is counted
						time.Sleep(5 * time.Second)
						first = l.Start(layerWork("layer 8 of 9", 100e6))
						first.Add(12e6)
					},
					func() {
						second = l.Start(layerWork("layer 9 of 9", 5000))
						first.Add(12e6)
					},
					func() { first.End(); second.End(); step.End(); step.End() },
				} {
					between()
					time.Sleep(time.Until(time.Now().Truncate(heartbeat).Add(heartbeat + time.Second)))
					synctest.Wait()
					if out.String() != c.want[i] {
						t.Errorf("beat %d: %q, want %q", i+1, out.String(), c.want[i])
					}
					out.Reset()
				}
				l.Close()
			})
		})
	}
}

func TestShortWork(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		work reference.Work
		want string
	}{
		{layerWork("layer 8 of 9", 1), "reading layer 8/9 app:1.0"},
		{reference.Work{Verb: "selecting from", Image: "oci:dir:1"}, "selecting from oci:dir:1"},
		{reference.Work{Verb: "pushing", What: "layer 10 of 12", Image: "host/app@sha256:" + strings.Repeat("5", 64)}, "pushing layer 10/12 app@sha…55555555"},
		{reference.Work{Verb: "verifying the result of", Image: "host/a-long-name-of-a-repository:1.0"}, "verifying the result of a-long…ory:1.0"},
	} {
		if got := shortWork(c.work, labelWidth); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// With JSON, --quiet or --progress none there are no bars, whatever the terminal.
func TestProgressForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		Messages
		terminal bool
		ci       string
		want     string
	}{
		{Messages{progress: "auto", logFormat: "text"}, true, "", "auto"},
		{Messages{progress: "auto", logFormat: "text"}, true, "true", "plain"},
		{Messages{progress: "auto", logFormat: "json"}, true, "", "plain"},
		{Messages{progress: "auto", logFormat: "text"}, false, "", "plain"},
		{Messages{progress: "auto", logFormat: "text", Quiet: true}, true, "", "none"},
		{Messages{progress: "plain", logFormat: "text", Quiet: true}, false, "", "none"},
		{Messages{progress: "plain", logFormat: "text"}, true, "", "plain"},
		{Messages{progress: "none", logFormat: "text"}, true, "", "none"},
	} {
		got, err := c.progressForm(c.terminal, func(name string) string { return map[string]string{"CI": c.ci}[name] })
		if err != nil || got != c.want {
			t.Errorf("--progress %s, quiet %v, %s, CI=%q, terminal %v: %q, %v; want %q",
				c.progress, c.Quiet, c.logFormat, c.ci, c.terminal, got, err, c.want)
		}
	}
	var usage usage.Error
	if _, err := (&Messages{progress: "bars"}).progressForm(false, os.Getenv); !errors.As(err, &usage) {
		t.Errorf("--progress bars: %v", err)
	}
}

// Content of an image does not control the terminal through a message.
func TestTextHandlerIsClean(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(newTextHandler(&out, slog.LevelInfo, true)).With("pair", "a\x1b[2J")
	log.Warn("\x1b]0;title\x07", "path", "/app\n/x")
	if got, want := out.String(), "slimify: \x1b[33mwarning:\x1b[0m �]0;title� pair=a�[2J path=/app�/x\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
