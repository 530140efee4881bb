package assemble_test

import (
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
)

// watcher records the work that it is notified of.
type watcher struct {
	mu    sync.Mutex
	tasks []*watched
}

type watched struct {
	*watcher
	work  reference.Work
	bytes int64
	ended bool
}

func (w *watcher) Start(work reference.Work) reference.Task {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := &watched{watcher: w, work: work}
	w.tasks = append(w.tasks, t)
	return t
}

func (t *watched) Add(n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bytes += n
}

func (t *watched) End() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
}

// list is the work, sorted, as people see it: hosts left out.
func (w *watcher) list() []string {
	var out []string
	for _, t := range w.tasks {
		out = append(out, regexp.MustCompile(`127\.0\.0\.1:\d+/`).ReplaceAllString(t.work.String(), ""))
	}
	slices.Sort(out)
	return out
}

// Each layer that is read, written or pushed is reported with its bytes,
// each step by its name, and each of them ends. Requests and result are the same
// as without anybody who listens.
func TestProgress(t *testing.T) {
	t.Parallel()
	h := lab(t)
	h.failOn(when(http.StatusNotFound, http.MethodHead, "/slim/blobs/")) // one store of blobs, see TestRequests
	silent, err := h.slim("app:fat", "slim:1")
	if err != nil {
		t.Fatal(err)
	}
	requests := h.seen(".")
	h.forget()
	w := new(watcher)
	listen := func(o *assemble.RefOptions) { o.Session.Progress = w }
	rep, err := h.slim("app:fat", "slim:2", listen)
	if err != nil {
		t.Fatal(err)
	}
	if rep.Result.Digest != silent.Result.Digest {
		t.Errorf("digest %s, without anybody who listens %s", rep.Result.Digest, silent.Result.Digest)
	}
	sorted := func(requests []string) string { // side by side they come in any order
		for i, r := range requests {
			requests[i] = regexp.MustCompile(`(uploads/|slim/manifests/)\d+`).ReplaceAllString(r, "$1")
		}
		slices.Sort(requests)
		return strings.Join(requests, "\n")
	}
	if was, is := sorted(requests), sorted(h.seen(".")); was != is {
		t.Errorf("without anybody who listens:\n%s\nwith:\n%s", was, is)
	}
	for _, task := range w.tasks {
		if !task.ended {
			t.Errorf("%s does not end", task.work)
		}
		if task.work.Verb != "writing" && task.bytes != task.work.Bytes {
			t.Errorf("%s: %d of %d bytes", task.work, task.bytes, task.work.Bytes)
		}
		// PAX headers are not foreseen.
		if task.work.Verb == "writing" && (task.bytes < task.work.Bytes || task.bytes > 2*task.work.Bytes) {
			t.Errorf("%s: %d of about %d bytes", task.work, task.bytes, task.work.Bytes)
		}
	}
	want := []string{
		"finishing slim:2",
		"opening app:fat",
		"opening library/python:3.9.2-slim-bullseye",
		"pushing layer 1 of 6 of slim:2",
		"pushing layer 2 of 6 of slim:2",
		"pushing layer 3 of 6 of slim:2",
		"pushing layer 5 of 6 of slim:2",
		"reading layer 1 of 4 of library/python:3.9.2-slim-bullseye",
		"reading layer 10 of 10 of app:fat",
		"reading layer 2 of 4 of library/python:3.9.2-slim-bullseye",
		"reading layer 3 of 4 of library/python:3.9.2-slim-bullseye",
		"reading layer 4 of 4 of library/python:3.9.2-slim-bullseye",
		"reading layer 8 of 10 of app:fat",
		"reading layer 9 of 10 of app:fat",
		"selecting from app:fat",
		"verifying the result of app:fat",
		"writing application of app:fat",
		"writing dependencies of app:fat",
	}
	if got := w.list(); !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Files are reported, too: a layer each in a layout or an OCI archive, and a Docker
// archive as a whole.
func TestProgressOfFiles(t *testing.T) {
	t.Parallel()
	h := lab(t)
	for transport, want := range map[string]string{
		"oci": "writing layer 1 of 6 of ", "oci-archive": "writing layer 1 of 6 of ", "docker-archive": "writing docker-archive:",
	} {
		w := new(watcher)
		dst := transport + ":" + filepath.Join(t.TempDir(), "slim")
		if _, err := h.slim("app:fat", dst, func(o *assemble.RefOptions) { o.Session.Progress = w }); err != nil {
			t.Fatal(err)
		}
		found := false
		for _, task := range w.tasks {
			if strings.HasPrefix(task.work.String(), want) && strings.HasSuffix(task.work.Image, "/slim") {
				found = true
				if task.bytes != task.work.Bytes || task.bytes == 0 || !task.ended {
					t.Errorf("%s: %d of %d bytes, ended %v", task.work, task.bytes, task.work.Bytes, task.ended)
				}
			}
		}
		if !found {
			t.Errorf("%s is missing:\n%s", want, strings.Join(w.list(), "\n"))
		}
	}
}

// Work ends when it fails, too.
func TestProgressOfFailure(t *testing.T) {
	t.Parallel()
	h := lab(t)
	h.failOn(when(http.StatusInternalServerError, http.MethodPatch, "/slim/"))
	w := new(watcher)
	_, err := h.slim("app:fat", "slim:1", func(o *assemble.RefOptions) { o.Session.Progress = w })
	if err == nil {
		t.Fatal("it did not fail")
	}
	for _, task := range w.tasks {
		if !task.ended {
			t.Errorf("%s does not end", task.work)
		}
	}
	if len(w.tasks) == 0 {
		t.Error("no work was reported")
	}
}
