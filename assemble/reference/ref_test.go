package reference_test

import (
	"errors"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/reference"
)

var hex = strings.Repeat("0123456789abcdef", 4)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in        string
		transport reference.Transport
		path      string
		tag       string
		explicit  bool
		str       string // "" for in
		pinned    string
	}{
		{in: "python", transport: reference.Registry, tag: "latest", pinned: "docker.io/library/python@sha256:" + hex},
		{in: "python:3.9", transport: reference.Registry, tag: "3.9", explicit: true, pinned: "docker.io/library/python@sha256:" + hex},
		{in: "docker://ghcr.io/o/app:1", transport: reference.Registry, tag: "1", explicit: true, str: "ghcr.io/o/app:1", pinned: "ghcr.io/o/app@sha256:" + hex},
		{in: "localhost:5000/app", transport: reference.Registry, tag: "latest", pinned: "localhost:5000/app@sha256:" + hex},
		{in: "localhost:5000/app@sha256:" + hex, transport: reference.Registry, explicit: true, pinned: "localhost:5000/app@sha256:" + hex},
		{in: "docker:24", transport: reference.Registry, tag: "24", explicit: true, pinned: "docker.io/library/docker@sha256:" + hex},
		{in: "oci:out", transport: reference.OCI, path: "out", pinned: "oci:out@sha256:" + hex},
		{in: "oci:/a/b:1.0", transport: reference.OCI, path: "/a/b", tag: "1.0", explicit: true, pinned: "oci:/a/b@sha256:" + hex},
		{in: "oci:a:b/c", transport: reference.OCI, path: "a:b/c", pinned: "oci:a:b/c@sha256:" + hex},
		{in: "oci:out@sha256:" + hex, transport: reference.OCI, path: "out", explicit: true, pinned: "oci:out@sha256:" + hex},
		{in: "oci-archive:x.tar:v1", transport: reference.OCIArchive, path: "x.tar", tag: "v1", explicit: true, pinned: "oci-archive:x.tar@sha256:" + hex},
		{in: "oci-archive:-", transport: reference.OCIArchive, path: "-", pinned: "oci-archive:-@sha256:" + hex},
		{in: "docker-archive:x.tar", transport: reference.DockerArchive, path: "x.tar", pinned: "sha256:" + hex},
		{in: "docker-archive:x.tar:repo/app:1.0", transport: reference.DockerArchive, path: "x.tar", tag: "1.0", explicit: true, pinned: "sha256:" + hex},
		{in: "docker-archive:x.tar:h:5000/app:1.0", transport: reference.DockerArchive, path: "x.tar", tag: "1.0", explicit: true, pinned: "sha256:" + hex},
		{in: "docker-archive:a:b:B/x.tar:app:1", transport: reference.DockerArchive, path: "a:b:B/x.tar", tag: "1", explicit: true, pinned: "sha256:" + hex},
	} {
		t.Run(tc.in, func(t *testing.T) {
			ref := mustParse(t, tc.in)
			if tc.str == "" {
				tc.str = tc.in
			}
			if ref.Transport() != tc.transport || ref.Path() != tc.path || ref.Tag() != tc.tag || ref.HasIdentifier() != tc.explicit || ref.String() != tc.str {
				t.Errorf("got %q path %q tag %q explicit %v string %q", ref.Transport(), ref.Path(), ref.Tag(), ref.HasIdentifier(), ref)
			}
			if got := ref.Pinned(v1.Hash{Algorithm: "sha256", Hex: hex}); got != tc.pinned {
				t.Errorf("Pinned = %q, want %q", got, tc.pinned)
			}
			if again := mustParse(t, ref.String()); again != ref {
				t.Errorf("parsed again: %#v, want %#v", again, ref)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"", "docker://", "UPPER", "a b", "/tmp/app.tar", "./layout", "../app.tar:1", "~/app.tar", "docker:///app", "https://ghcr.io/x", "docker-daemon:x:1", "containers-storage:x",
		"oci:", "oci::tag", "oci:dir:", "oci:dir:a b", "oci:-", "oci:-:tag", "oci-archive:", "oci-archive:x:",
		"docker-archive:", "docker-archive:x:", "docker-archive:x:A", "docker-archive::app:1",
		"docker-archive:x.tar:app@sha256:" + hex, "oci:a\x00b", "python@sha256:12",
	} {
		_, err := reference.Parse(in)
		var parse *reference.ParseError
		if !errors.As(err, &parse) {
			t.Errorf("Parse(%q) = %v, want a *ParseError", in, err)
			continue
		}
		if parse.Ref != in {
			t.Errorf("Parse(%q) names %q", in, parse.Ref)
		}
	}
}

func TestWithTag(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"host.example/python":           "host.example/python:3.9-slim",
		"localhost:5000/python:3.9":     "localhost:5000/python:3.9-slim",
		"python@sha256:" + hex:          "python:3.9-slim",
		"oci:dir":                       "oci:dir:3.9-slim",
		"oci:dir@sha256:" + hex:         "oci:dir:3.9-slim",
		"oci-archive:f.tar:x":           "oci-archive:f.tar:3.9-slim",
		"docker-archive:f.tar:python:3": "docker-archive:f.tar:python:3.9-slim",
		"docker-archive:f.tar":          "docker-archive:f.tar",
	} {
		got, err := mustParse(t, in).WithTag("3.9-slim")
		if err != nil || got.String() != want {
			t.Errorf("%s: %q, %v; want %q", in, got, err, want)
		}
	}
	if _, err := mustParse(t, "oci:dir").WithTag("a/b"); err == nil {
		t.Error("a tag with a slash passed")
	}
}

func FuzzParse(f *testing.F) {
	seeds := []string{"python:3.9", "docker://a/b:c", "oci:d:t", "oci:d@sha256:" + hex, "oci-archive:-", "docker-archive:a:b:c/d:e", "", ":", "oci:::"}
	valid := 0
	for _, s := range seeds {
		if _, err := reference.Parse(s); err == nil {
			valid++
		}
		f.Add(s)
	}
	if valid < 6 {
		f.Fatalf("only %d seeds parse", valid)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ref, err := reference.Parse(s)
		if err != nil {
			var parse *reference.ParseError
			if !errors.As(err, &parse) {
				t.Fatalf("%T", err)
			}
			return
		}
		again, err := reference.Parse(ref.String())
		if err != nil {
			t.Fatalf("%q parses and its String %q does not: %v", s, ref, err)
		}
		if again.String() != ref.String() || again.Path() != ref.Path() || again.Tag() != ref.Tag() || again.Digest() != ref.Digest() {
			t.Fatalf("%q: %#v, then %#v", s, ref, again)
		}
	})
}
