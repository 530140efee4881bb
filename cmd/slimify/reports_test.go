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

	"github.com/slimify/slimify/internal/cli/exit"
)

// requestLog records requests as METHOD path and range.
type requestLog struct {
	mu   sync.Mutex
	list []string
}

// changing matches what differs between registries: names of uploads, and the digest of a
// config, which contains the name of the registry.
var changing = regexp.MustCompile(`/v2/slim/blobs/(uploads/[^/?]+|sha256:\w+)|digest=sha256%3A\w+`)

func (l *requestLog) see(r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := r.Method + " " + changing.ReplaceAllString(r.URL.RequestURI(), "/v2/slim/…")
	l.list = append(l.list, strings.TrimSpace(line+" "+r.Header.Get("Range")))
}

// take returns the requests, sorted, and clears the log.
func (l *requestLog) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := slices.Sorted(slices.Values(l.list))
	l.list = nil
	return out
}

// slimmed runs the default command without a cache and returns its output.
func slimmed(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(append([]string{"slim", "--config", "none", "--no-cache"}, args...), nil, &stdout, &stderr); code != exit.Done {
		t.Fatalf("exit %d:\n%s", code, stderr.String())
	}
	return stdout.String()
}

// Markdown costs no request: only a page needs the layers of the original base image. If
// the destination is up to date, a run writes nothing, and reads only layers that the
// first run read, each once.
func TestMarkdownCostsNothing(t *testing.T) {
	t.Parallel()
	var without []string
	for _, flags := range [][]string{{"-o", "text"}, {"--report", filepath.Join(t.TempDir(), "x.md")}, {"-o", "markdown"}} {
		var log requestLog
		host := watchedHub(t, log.see)
		args := append(flags, "--base", host+"/library/python", host+"/app:fat", host+"/slim:1")
		first := slimmed(t, args...)
		requests := log.take()
		if without == nil {
			without = requests
			continue
		}
		if diff := cmp.Diff(without, requests); diff != "" {
			t.Errorf("%s makes other requests than a run without:\n%s", flags, diff)
		}
		second := slimmed(t, args...)
		const list = "Kept, and why"
		if flags[0] == "-o" && (!strings.Contains(first, list) || !strings.Contains(second, list)) {
			t.Errorf("a document is not complete:\n%s\n%s", first, second)
		}
		read := make(map[string]bool)
		for _, r := range log.take() {
			switch {
			case !strings.HasPrefix(r, "GET ") && !strings.HasPrefix(r, "HEAD "):
				t.Errorf("%s: written though the destination is up to date: %s", flags, r)
			case !strings.Contains(r, "/blobs/") || strings.Contains(r, " /v2/slim/"): // manifests, and the config of the result
			case read[r] || !slices.Contains(without, r):
				t.Errorf("%s: read again though the destination is up to date: %s", flags, r)
			}
			read[r] = true
		}
		if len(read) == 0 {
			t.Errorf("%s: no blob was read: the test proves nothing", flags)
		}
	}
}
