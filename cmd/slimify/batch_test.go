package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
)

// putSamples puts a base and app:fat into a registry.
func putSamples(t *testing.T, host string) {
	t.Helper()
	session, err := reference.NewSession(reference.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, image := range map[string]func() (v1.Image, error){"library/python:3.9.2-slim-bullseye": baseSample, "app:fat": fatSample} {
		img, err := image()
		if err != nil {
			t.Fatal(err)
		}
		ref, err := reference.Parse(host + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := session.Write(t.Context(), ref, img); err != nil {
			t.Fatal(err)
		}
	}
	if err := session.Close(); err != nil {
		t.Fatal(err)
	}
}

// batchHub is a registry with a base and app:fat. seen is called for each request.
func batchHub(t *testing.T, seen func(*http.Request)) string {
	t.Helper()
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	var ready atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ready.Load() {
			seen(r)
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	host := strings.TrimPrefix(srv.URL, "http://")
	putSamples(t, host)
	t.Setenv("SLIMIFY_BASE", host+"/library/python")
	t.Setenv("SLIMIFY_CACHE_DIR", t.TempDir())
	ready.Store(true)
	return host
}

// A batch that is done costs at most five requests for each pair.
func TestBatchAgain(t *testing.T) {
	var requests atomic.Int64
	host := batchHub(t, func(*http.Request) { requests.Add(1) })
	const pairs = 4
	var list strings.Builder
	for i := range pairs {
		fmt.Fprintf(&list, "%s/app:fat %s/slim:%d\n", host, host, i)
	}
	for _, want := range []string{"of which 0 had nothing", "of which 4 had nothing"} {
		requests.Store(0)
		var stdout, stderr bytes.Buffer
		if code := run([]string{"batch", "--jobs", "2"}, strings.NewReader(list.String()), &stdout, &stderr); code != exitDone {
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

// An interrupt ends what runs and starts nothing more.
func TestBatchInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	host := batchHub(t, func(*http.Request) { cancel() })
	list := fmt.Sprintf("%[1]s/app:fat %[1]s/slim:1\n%[1]s/app:fat %[1]s/slim:2\n", host)
	var stdout, stderr bytes.Buffer
	root := newRoot(newTerminal(ctx, strings.NewReader(list), &stdout, &stderr))
	root.SetArgs([]string{"batch", "--jobs", "1"})
	err := root.ExecuteContext(ctx)
	if !errors.Is(err, context.Canceled) || outcomeOf(ctx, err).code != exitInterrupted {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(stderr.String(), "1 failed; 1 not started") || stdout.Len() > 0 {
		t.Errorf("stdout %q, stderr:\n%s", stdout.String(), stderr.String())
	}
}

// An interrupt ends the waiting for a list, of which only a part has come.
func TestListInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	list, person := io.Pipe()
	t.Cleanup(func() { _ = person.Close() })
	root := newRoot(newTerminal(ctx, list, io.Discard, io.Discard))
	root.SetArgs([]string{"batch"})
	ended := make(chan error, 1)
	go func() { ended <- root.ExecuteContext(ctx) }()
	if _, err := io.WriteString(person, "oci:a oci:b\noci"); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; outcomeOf(ctx, err).code != exitInterrupted {
		t.Errorf("got %v", err)
	}
}

func TestShard(t *testing.T) {
	for _, tc := range []struct {
		flag, env string
		want      shard
		fails     bool
	}{
		{flag: "", want: shard{}},
		{flag: "1/4", want: shard{1, 4}},
		{flag: "/4", env: "JOB_COMPLETION_INDEX=3", want: shard{3, 4}},
		{flag: "/4", env: "CI_NODE_INDEX=1", want: shard{0, 4}},
		{flag: "", env: "CI_NODE_INDEX=4 CI_NODE_TOTAL=4", want: shard{3, 4}},
		{flag: "0/2", env: "CI_NODE_INDEX=4 CI_NODE_TOTAL=4", want: shard{0, 2}},
		{flag: "", env: "CI_NODE_INDEX=5 CI_NODE_TOTAL=4", fails: true},
		{flag: "", env: "CI_NODE_INDEX=0 CI_NODE_TOTAL=4", fails: true},
		{flag: "", env: "JOB_COMPLETION_INDEX=0", fails: true},
		{flag: "4/4", fails: true},
		{flag: "-1/4", fails: true},
		{flag: "0/0", fails: true},
		{flag: "/4", fails: true},
		{flag: "4", fails: true},
	} {
		env := make(map[string]string)
		for _, v := range strings.Fields(tc.env) {
			key, value, _ := strings.Cut(v, "=")
			env[key] = value
		}
		got, err := parseShard(tc.flag, func(key string) string { return env[key] })
		if got != tc.want || (err != nil) != tc.fails {
			t.Errorf("%q, %q: %v, %v", tc.flag, tc.env, got, err)
		}
	}
}

// Every pair is in one part, with all others of its repository however it is spelt.
func TestShardOf(t *testing.T) {
	var list strings.Builder
	const repositories = 100
	for i := range repositories {
		fmt.Fprintf(&list, "app%d:1 r.example/slim%d:1\ndocker.io/library/app%d:2 r.example/slim%d:2\n", i, i, i, i)
	}
	pairs, err := readPairs(strings.NewReader(list.String()), assemble.RefOptions{})
	if err != nil {
		t.Fatal(err)
	}
	where := make(map[string]uint64)
	n := 0
	for i := range uint64(4) {
		part := shard{i, 4}.of(pairs)
		n += len(part)
		if len(part) < repositories/4 {
			t.Errorf("part %d has %d pairs", i, len(part))
		}
		for _, p := range part {
			repository := p.src.Name().Context().Name()
			if was, ok := where[repository]; ok && was != i {
				t.Errorf("%s is in parts %d and %d", repository, was, i)
			}
			where[repository] = i
		}
	}
	if n != len(pairs) || len(where) != repositories {
		t.Errorf("%d pairs of %d repositories", n, len(where))
	}
}
