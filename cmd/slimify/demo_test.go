package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cli/demo"
	"github.com/slimify/slimify/internal/cli/exit"
	"github.com/slimify/slimify/layers"
	"github.com/slimify/slimify/layers/layertest"
)

func runDemo(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(append([]string{"demo"}, args...), strings.NewReader(""), &out, &errs); code != exit.Done {
		t.Fatalf("exit %d:\n%s", code, errs.String())
	}
	return out.String(), errs.String()
}

func TestDemo(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "out")
	stdout, stderr := runDemo(t, "--dir", dir)
	line := regexp.MustCompile(`^oci:` + regexp.QuoteMeta(dir) + `@sha256:[0-9a-f]{64}\n$`)
	if !line.MatchString(stdout) {
		t.Errorf("stdout: %q", stdout)
	}
	for _, want := range []string{"$ slimify --registry-mirror docker.io=127.0.0.1:", "verified    pass", "$ slimify compare ", "PYTHON PACKAGES", "ls " + dir} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr lacks %q:\n%s", want, stderr)
		}
	}
	if !strings.Contains(stderr, filepath.Join(dir, "report.html")) {
		t.Error("the output does not name the page")
	}
	if page, err := os.ReadFile(filepath.Join(dir, "report.html")); err != nil || !bytes.Contains(page, []byte("Where the bytes are")) {
		t.Errorf("the page is missing or empty (%v)", err)
	}
	tree := layoutTree(t, strings.TrimSpace(stdout))
	for _, name := range []string{"usr/local/bin/flask", "app/app.py", "bin/sh", "usr/local/lib/python3.9/site-packages/markupsafe/_speedups.cpython-39-x86_64-linux-gnu.so"} {
		if n, err := tree.Resolve(name); err != nil || n.Kind != layers.File {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"usr/bin/git", "root/.cache/pip/selfcheck", "usr/local/lib/python3.9/__pycache__"} {
		if _, err := tree.Lookup(name); err == nil {
			t.Errorf("%s is there", name)
		}
	}

	// A second run gives the same image, though its registry has another port.
	second, quiet := runDemo(t, "--dir", dir, "-q")
	if second != stdout || quiet != "" {
		t.Errorf("second run: %q, stderr %q", second, quiet)
	}
	layoutTree(t, "oci:"+dir+":slim")
}

// layoutTree opens the image and merges its layers.
func layoutTree(t *testing.T, s string) *layers.Tree {
	t.Helper()
	ref, err := reference.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	session, err := reference.NewSession(reference.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	src, err := session.Open(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	tree, err := layertest.Merge(src.Image)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestDemoCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := filepath.Join(t.TempDir(), "out")
	var out, errs bytes.Buffer
	err := demo.Run(ctx, &out, &errs, dir)
	if !errors.Is(err, context.Canceled) || out.Len() > 0 {
		t.Errorf("%v, stdout %q", err, out.String())
	}
}

func TestDemoUsage(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if code := run([]string{"demo", "more"}, strings.NewReader(""), &out, &errs); code != exit.Usage || out.Len() > 0 {
		t.Errorf("exit %d, stdout %q, stderr %q", code, out.String(), errs.String())
	}
}
