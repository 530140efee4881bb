package main

import (
	"bytes"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// requestLog remembers requests, as METHOD path and the range that is asked for.
type requestLog struct {
	mu   sync.Mutex
	list []string
}

// changing is what is another in each registry: names that it makes up, and the digest of
// a config, which tells the registry's own name.
var changing = regexp.MustCompile(`/v2/slim/blobs/(uploads/[^/?]+|sha256:\w+)|digest=sha256%3A\w+`)

func (l *requestLog) see(r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := r.Method + " " + changing.ReplaceAllString(r.URL.RequestURI(), "/v2/slim/…")
	l.list = append(l.list, strings.TrimSpace(line+" "+r.Header.Get("Range")))
}

// take returns the requests, sorted, and forgets them.
func (l *requestLog) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := slices.Sorted(slices.Values(l.list))
	l.list = nil
	return out
}

// slimmed runs the main command and returns what it printed.
func slimmed(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(append([]string{"slim", "--config", "none", "--no-cache"}, args...), nil, &stdout, &stderr); code != exitDone {
		t.Fatalf("exit %d:\n%s", code, stderr.String())
	}
	return stdout.String()
}

// Markdown costs no request: layers of FAT's own base are read for a page alone. A run
// that finds the destination up to date reads no layer but those that the first one
// read, each once, and writes nothing.
func TestMarkdownCostsNothing(t *testing.T) {
	var without []string
	for _, flags := range [][]string{{"-o", "text"}, {"--report", filepath.Join(t.TempDir(), "x.md")}, {"-o", "markdown"}} {
		var log requestLog
		host := batchHub(t, log.see)
		args := append(flags, host+"/app:fat", host+"/slim:1")
		first := slimmed(t, args...)
		requests := log.take()
		if without == nil {
			without = requests
			continue
		}
		if diff := cmp.Diff(without, requests); diff != "" {
			t.Errorf("%s asks for other things than a run without:\n%s", flags, diff)
		}
		again := slimmed(t, args...)
		const whole = "Kept, and why"
		if flags[0] == "-o" && (!strings.Contains(first, whole) || !strings.Contains(again, whole)) {
			t.Errorf("a document is not whole:\n%s\n%s", first, again)
		}
		read := make(map[string]bool)
		for _, r := range log.take() {
			switch {
			case !strings.HasPrefix(r, "GET ") && !strings.HasPrefix(r, "HEAD "):
				t.Errorf("%s: written where the destination is up to date: %s", flags, r)
			case !strings.Contains(r, "/blobs/") || strings.Contains(r, " /v2/slim/"): // manifests, and the result's config
			case read[r] || !slices.Contains(without, r):
				t.Errorf("%s: more is read where the destination is up to date: %s", flags, r)
			}
			read[r] = true
		}
		if len(read) == 0 {
			t.Errorf("%s: nothing was read: the test looks at nothing", flags)
		}
	}
}
