package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/slimify/slimify/internal/cli/exit"
	"github.com/slimify/slimify/internal/cli/terminal"
)

// watchedHub is a registry with samples. seen is called for each request.
func watchedHub(t *testing.T, seen func(*http.Request)) string {
	t.Helper()
	inner, err := newSampleRegistry()
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen(r)
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return strings.TrimPrefix(srv.URL, "http://")
}

// Repeating a batch costs at most five requests for each pair.
func TestBatchRepeated(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	cache := t.TempDir()
	host := watchedHub(t, func(*http.Request) { requests.Add(1) })
	const pairs = 4
	var list strings.Builder
	for i := range pairs {
		fmt.Fprintf(&list, "%s/app:fat %s/slim:%d\n", host, host, i)
	}
	for _, want := range []string{"0 of them without changes", "4 of them without changes"} {
		requests.Store(0)
		var stdout, stderr bytes.Buffer
		if code := run([]string{"batch", "--jobs", "2", "--cache-dir", cache, "--base", host + "/library/python"}, strings.NewReader(list.String()), &stdout, &stderr); code != exit.Done {
			t.Fatalf("exit %d:\n%s", code, stderr.String())
		}
		if got := strings.Count(stdout.String(), host+"/slim@sha256:"); got != pairs {
			t.Errorf("%d lines:\n%s", got, stdout.String())
		}
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("stderr lacks %q:\n%s", want, stderr.String())
		}
	}
	if n := requests.Load(); n == 0 || n > 5*pairs {
		t.Errorf("%d requests for %d pairs that are done", n, pairs)
	}
}

// An interrupt ends the pairs that run and starts no more.
func TestBatchInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	host := watchedHub(t, func(*http.Request) { cancel() })
	list := fmt.Sprintf("%[1]s/app:fat %[1]s/slim:1\n%[1]s/app:fat %[1]s/slim:2\n", host)
	var stdout, stderr bytes.Buffer
	root := newRoot(terminal.New(ctx, strings.NewReader(list), &stdout, &stderr))
	root.SetArgs([]string{"batch", "--jobs", "1", "--no-cache", "--base", host + "/library/python"})
	err := root.ExecuteContext(ctx)
	if !errors.Is(err, context.Canceled) || exit.Of(ctx, err).Code != exit.Interrupted {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(stderr.String(), "1 failed; 1 not started") || stdout.Len() > 0 {
		t.Errorf("stdout %q, stderr:\n%s", stdout.String(), stderr.String())
	}
}

// An interrupt ends a batch that waits for the rest of its list.
func TestListInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	list, person := io.Pipe()
	t.Cleanup(func() { _ = person.Close() })
	root := newRoot(terminal.New(ctx, list, io.Discard, io.Discard))
	root.SetArgs([]string{"batch"})
	ended := make(chan error, 1)
	go func() { ended <- root.ExecuteContext(ctx) }()
	if _, err := io.WriteString(person, "oci:a oci:b\noci"); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; exit.Of(ctx, err).Code != exit.Interrupted {
		t.Errorf("got %v", err)
	}
}
