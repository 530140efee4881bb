package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/cli/exit"
	"github.com/slimify/slimify/internal/golden"
	lt "github.com/slimify/slimify/layers/layertest"
)

// step is an instruction with its layer.
type step struct {
	history string
	entries []lt.Entry
}

// writeImage writes an image to a layout in the working directory. Its layers are not
// compressed, so that their sizes do not depend on the Go release.
func writeImage(t *testing.T, name string, config v1.Config, steps ...step) {
	t.Helper()
	img, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", Config: config})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		img, err = mutate.Append(img, mutate.Addendum{
			Layer:   static.NewLayer(lt.Tar(s.entries...), types.DockerUncompressedLayer),
			History: v1.History{CreatedBy: s.history},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	ref, err := reference.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	session, err := reference.NewSession(reference.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if _, err := session.Write(t.Context(), ref, img); err != nil {
		t.Fatal(err)
	}
}

// distribution lists the files of an installed Python package.
func distribution(name, version string, size int) []lt.Entry {
	const site = "usr/local/lib/python3.9/site-packages/"
	return []lt.Entry{
		lt.File(site+name+".py", strings.Repeat("#", size)),
		lt.File(site+name+"-"+version+".dist-info/RECORD", name+".py,,\n"),
	}
}

func packages(names ...string) lt.Entry {
	var b strings.Builder
	for _, n := range names {
		b.WriteString("Package: " + n + "\nStatus: install ok installed\nVersion: 1\n\n")
	}
	return lt.File("var/lib/dpkg/status", b.String())
}

// writePair writes the images that the tests compare.
func writePair(t *testing.T) {
	t.Helper()
	debian := step{"# debian.sh --arch 'amd64' out/ 'bookworm' '@1731283200'", []lt.Entry{packages("base-files", "libc6"), lt.File("etc/motd", strings.Repeat("x", 200_000))}}
	pip := func(upgraded string) []lt.Entry {
		return append(distribution("flask", "2.3.2", 60_000), distribution("gunicorn", upgraded, 80_000)...)
	}
	writeImage(t, "oci:app:1.0",
		v1.Config{
			Cmd: []string{"flask", "run"}, WorkingDir: "/app", StopSignal: "SIGTERM",
			Env: []string{"PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "PYTHON_VERSION=3.9.20"},
		},
		debian,
		step{"RUN /bin/sh -c set -eux; apt-get update; apt-get install -y --no-install-recommends gcc g++ make git mercurial; rm -rf /var/lib/apt/lists/* # buildkit",
			[]lt.Entry{packages("base-files", "libc6", "gcc", "g++", "make", "git", "mercurial", "libpq-dev"), lt.File("usr/bin/gcc", strings.Repeat("x", 2_000_000))}},
		step{"RUN /bin/sh -c pip install -r requirements.txt # buildkit", append(pip("20.1"), distribution("pip", "23.0.1", 9_000)...)},
		step{"COPY . /app # buildkit", []lt.Entry{lt.File("app/main.py", "import flask")}},
	)
	writeImage(t, "oci:app:1.0-slim",
		v1.Config{
			Cmd: []string{"gunicorn", "main:app"}, WorkingDir: "/app", StopSignal: "SIGTERM", Labels: map[string]string{"version": "1.0"},
			Env: []string{"PATH=/app/venv/bin:/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "PYTHON_VERSION=3.9.20"},
		},
		debian,
		step{"slimify: dependencies", append(pip("22.0"), distribution("packaging", "24.1", 5_000)...)},
		step{"slimify: \x1b[31mapplication", []lt.Entry{lt.File("app/main.py", "import flask")}},
	)
}

func TestCompareText(t *testing.T) {
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	writePair(t)
	var stdout, stderr bytes.Buffer
	if code := run([]string{"compare", "--progress", "none", "oci:app:1.0", "oci:app:1.0-slim"}, nil, &stdout, &stderr); code != exit.Done {
		t.Fatalf("exit %d: %s", code, &stderr)
	}
	if stderr.Len() > 0 {
		t.Errorf("stderr: %s", &stderr)
	}
	for line := range strings.Lines(stdout.String()) {
		if n := utf8.RuneCountInString(line); n > 100 || strings.ContainsAny(line, "\x1b\t") {
			t.Errorf("a line of %d characters, or one that steers the terminal: %q", n, line)
		}
	}
	t.Chdir(home)
	golden.Check(t, "testdata/compare.golden", stdout.String())
}

func TestCompareJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	writePair(t)
	var stdout, stderr bytes.Buffer
	if code := run([]string{"compare", "-o", "json", "oci:app:1.0", "oci:app:1.0-slim"}, nil, &stdout, &stderr); code != exit.Done {
		t.Fatalf("exit %d: %s", code, &stderr)
	}
	var c report.Comparison
	if err := json.Unmarshal(stdout.Bytes(), &c); err != nil {
		t.Fatal(err)
	}
	if c.Schema != report.CompareSchema || c.After.Ref != "oci:app:1.0-slim" || len(c.Platforms) != 1 {
		t.Errorf("comparison %+v", c)
	}
}

func TestCompareUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"a", exit.Usage, "AFTER is missing"},
		{"a b c", exit.Usage, "unexpected argument"},
		{"-o yaml a b", exit.Usage, "choose text, json or markdown"},
		{"oci: b", exit.Usage, "the path is missing"},
		{"oci:nothing oci:nothing", exit.Registry, "not found"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(append([]string{"compare"}, strings.Fields(c.args)...), nil, &stdout, &stderr)
		if code != c.code || !strings.Contains(stderr.String(), c.says) || stdout.Len() > 0 {
			t.Errorf("compare %s: exit %d, want %d; stdout %q; stderr %q, want %q", c.args, code, c.code, &stdout, &stderr, c.says)
		}
	}
}
