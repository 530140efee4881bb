//go:build unix

package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/slimify/slimify/internal/cli/exit"
)

// slowHub is a registry with samples that sends the second half of large blobs after
// release is called.
type slowHub struct {
	host    string
	release func()
	env     []string // for slimify
	tmp     string
}

func newSlowHub(t *testing.T) *slowHub {
	t.Helper()
	inner, err := newSampleRegistry()
	if err != nil {
		t.Fatal(err)
	}
	released := make(chan struct{})
	held := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/blobs/") || r.Header.Get("Range") != "" {
			inner.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		inner.ServeHTTP(answer, r)
		body := answer.Body.Bytes()
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		half := len(body)
		if half > 100_000 {
			half /= 2
		}
		_, _ = w.Write(body[:half])
		if half < len(body) {
			w.(http.Flusher).Flush()
			select {
			case <-released:
			case <-r.Context().Done():
				return
			}
			_, _ = w.Write(body[half:])
		}
	})
	srv := httptest.NewServer(held)
	t.Cleanup(srv.Close)
	host := strings.TrimPrefix(srv.URL, "http://")
	tmp := t.TempDir()
	env := []string{"SLIMIFY_BASE=" + host + "/library/python", "SLIMIFY_NO_CACHE=true", "SLIMIFY_TMPDIR=" + tmp}
	return &slowHub{host, func() { close(released) }, env, tmp}
}

// bar matches the bar of a large layer of which half was read, and anyBar that of any layer.
var (
	bar    = barOf(`\d+ kB / [\d.]+ (kB|MB)`)
	anyBar = barOf(`[\d.]+ .?B / [\d.]+ .?B`)
)

func barOf(sizes string) *regexp.Regexp {
	return regexp.MustCompile(`(?m)^reading layer \d+/\d+ \S+ +` + sizes + ` (\[[=>-]+\] )? *\S+ .?B/s +\S+$`)
}

// On a terminal a bar shows that a layer is read. It follows the width of the window and
// disappears. Then come the summary and the result.
func TestSession(t *testing.T) {
	t.Parallel()
	hub := newSlowHub(t)
	w := openWindow(t, 120, nil, hub.env, hub.host+"/app:fat", hub.host+"/app:slim")
	w.until("a bar", bar.MatchString)
	wide := len(bar.FindString(w.text()))
	w.resize(72)
	text := w.until("a narrower bar", func(text string) bool { return len([]rune(bar.FindString(text))) == 72 })
	if bars := anyBar.FindAllString(text, -1); wide < 120 || len(bars) != strings.Count(text, "\n") {
		t.Errorf("a bar of %d bytes, then:\n%s", wide, text)
	}
	hub.release()
	if status := w.exit(); status != exit.Done {
		t.Errorf("exit status %d", status)
	}
	h := regexp.QuoteMeta(hub.host)
	want := regexp.MustCompile(`^base        ` + h + `/library/python:3\.9\.2-slim-bullseye \(Python 3\.9\.2 on bullseye\)
kept        \d+ Python packages? .*
compressed  .*
unpacked    .*
verified    pass: 12 checks
network     .*
` + h + `/app@sha256:[0-9a-f]{64}
$`)
	if got := w.text(); !want.MatchString(got) {
		t.Errorf("at the end:\n%s", got)
	}
	if !strings.Contains(w.sent(), "\x1b[32mpass\x1b[0m") {
		t.Error("the verdict has no colour")
	}
}

// Control-C ends a run in order: status 130, no bar, no temporary files, no tag.
func TestSessionInterrupted(t *testing.T) {
	t.Parallel()
	hub := newSlowHub(t)
	w := openWindow(t, 80, nil, hub.env, hub.host+"/app:fat", hub.host+"/app:slim")
	w.until("a bar", bar.MatchString)
	if _, err := w.pty.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	if status := w.exit(); status != exit.Interrupted {
		t.Errorf("exit status %d", status)
	}
	if got := strings.TrimPrefix(w.text(), "^C"); got != "slimify: error: interrupted\n" {
		t.Errorf("at the end:\n%s", got)
	}
	if left, err := os.ReadDir(hub.tmp); err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
}

// It does so too while slimify waits for an image on standard input.
func TestSessionInterruptedAtInput(t *testing.T) {
	t.Parallel()
	hub := newSlowHub(t)
	w := openWindow(t, 80, nil, hub.env, "oci-archive:-", hub.host+"/app:slim")
	w.until("waiting", regexp.MustCompile(`(?m)^opening oci-archive:-`).MatchString)
	if _, err := w.pty.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	if status := w.exit(); status != exit.Interrupted {
		t.Errorf("exit status %d", status)
	}
	if left, err := os.ReadDir(hub.tmp); err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
}

// Messages and bars share a window; standard output goes elsewhere.
func TestSessionVerbose(t *testing.T) {
	t.Parallel()
	hub := newSlowHub(t)
	var stdout bytes.Buffer
	w := openWindow(t, 100, &stdout, hub.env, "-v", hub.host+"/app:fat", hub.host+"/app:slim")
	text := w.until("a bar", bar.MatchString)
	if !strings.HasPrefix(text, "slimify: there is work to do") || !strings.Contains(text, "\nslimify: opening "+hub.host+"/app:fat\n") {
		t.Errorf("while it runs:\n%s", text)
	}
	hub.release()
	if status := w.exit(); status != exit.Done {
		t.Errorf("exit status %d", status)
	}
	for line := range strings.Lines(w.text()) {
		if !regexp.MustCompile(`^(slimify: \S|(base|kept|compressed|unpacked|verified|network) +\S)`).MatchString(line) {
			t.Errorf("a line is torn: %q", line)
		}
	}
	if !regexp.MustCompile(`^\S+/app@sha256:[0-9a-f]{64}\n$`).MatchString(stdout.String()) {
		t.Errorf("stdout %q", &stdout)
	}
}

// There are no bars or colours where they are not wanted.
func TestSessionPlain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env        []string
		args       []string
		steps      bool
		colour, up bool // colours; the cursor goes up, for bars
	}{
		"CI":       {[]string{"CI=true"}, nil, true, true, false},
		"dumb":     {[]string{"TERM=dumb"}, nil, true, false, false},
		"plain":    {nil, []string{"--progress", "plain"}, true, true, false},
		"none":     {[]string{"SLIMIFY_PROGRESS=none"}, nil, false, true, false},
		"json":     {nil, []string{"--log-format", "json"}, false, false, false},
		"no color": {[]string{"NO_COLOR=1"}, nil, false, false, true},
		"clicolor": {[]string{"CLICOLOR=0"}, nil, false, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hub := newSlowHub(t)
			w := openWindow(t, 100, nil, append(hub.env, c.env...), append(c.args, hub.host+"/app:fat", hub.host+"/app:slim")...)
			if c.up {
				w.until("a bar", bar.MatchString)
			}
			hub.release()
			if status := w.exit(); status != exit.Done {
				t.Errorf("exit status %d:\n%s", status, w.text())
			}
			sent := w.sent()
			if got := strings.Contains(sent, "\x1b[32m"); got != c.colour {
				t.Errorf("colour %v:\n%q", got, sent)
			}
			if got := regexp.MustCompile(`\x1b\[\d+A`).MatchString(sent); got != c.up {
				t.Errorf("bars %v:\n%q", got, sent)
			}
			if got := strings.Contains(sent, "slimify: opening "); got != c.steps {
				t.Errorf("steps %v:\n%s", got, sent)
			}
		})
	}
}
