// Package deploy tests how other services run slimify: a GitHub Action (action.yml in the root), a GitLab component
// (in templates, where GitLab looks for it), a Tekton Task, Kubernetes Jobs and a Jenkins pipeline. The tests run
// their scripts and arguments with the built program against a registry in memory, and expand variables as the service
// would.
package deploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"go.yaml.in/yaml/v4"

	_ "github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/sample"
)

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "deploy-")
	if err != nil {
		log.Print(err)
		return 1
	}
	defer os.RemoveAll(dir)
	// Go caches test results by the files that a test opens, which do not include those that the compiler reads: the
	// test looks at the files of the program's packages here, and imports assemble for the rest.
	var sources []string
	for _, pattern := range []string{"../cmd/slimify/*.go", "../internal/cli/*/*.go", "../internal/batch/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			log.Print(err)
			return 1
		}
		sources = append(sources, found...)
	}
	for _, name := range sources {
		if _, err := os.Stat(name); err != nil {
			log.Print(err)
			return 1
		}
	}
	if out, err := exec.Command("go", "build", "-o", dir, "../cmd/slimify").CombinedOutput(); err != nil {
		log.Printf("building slimify: %v\n%s", err, out)
		return 1
	}
	if err := os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH")); err != nil {
		log.Print(err)
		return 1
	}
	return m.Run()
}

// fat and base are samples that tests only read.
var (
	fat  = sync.OnceValues(func() (v1.Image, error) { return sample.Fat(sample.Config{}) })
	base = sync.OnceValues(func() (v1.Image, error) { return sample.Base(sample.Config{}) })
)

// hub is a registry with the samples app:1, app:2, other:1 and library/python.
type hub struct{ host string }

func newHub(t *testing.T) hub {
	t.Helper()
	srv := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(srv.Close)
	h := hub{strings.TrimPrefix(srv.URL, "http://")}
	session, err := reference.NewSession(reference.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for name, image := range map[string]func() (v1.Image, error){
		"app:1": fat, "app:2": fat, "other:1": fat, "library/python:3.9.2-slim-bullseye": base,
	} {
		img, err := image()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := session.Write(context.Background(), h.ref(t, name), img); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func (h hub) ref(t *testing.T, name string) reference.Ref {
	t.Helper()
	ref, err := reference.Parse(h.host + "/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// digest is the digest of a name in the registry, or "" if it has none.
func (h hub) digest(t *testing.T, name string) string {
	t.Helper()
	session, err := reference.NewSession(reference.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	src, err := session.Open(context.Background(), h.ref(t, name))
	if err != nil {
		return ""
	}
	defer src.Close()
	return src.Digest.String()
}

func (h hub) base() string { return h.host + "/library/python" }

// command is a program as a service would start it.
type command struct {
	dir  string
	env  map[string]string
	args []string
}

// outcome is the result of a command.
type outcome struct {
	stdout, stderr string
	status         int
}

// run runs the command with an empty home directory and slimify on PATH.
func (c command) run(t *testing.T) outcome {
	t.Helper()
	home := t.TempDir()
	env := map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": home, "TMPDIR": home,
	}
	maps.Copy(env, c.env)
	program, err := exec.LookPath(c.args[0])
	if err != nil {
		t.Skipf("this machine has no %s: %v", c.args[0], err)
	}
	cmd := exec.Command(program, c.args[1:]...)
	cmd.Dir = c.dir
	for _, key := range slices.Sorted(maps.Keys(env)) {
		cmd.Env = append(cmd.Env, key+"="+env[key])
	}
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("running %v: %v", c.args, err)
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// ok fails the test unless the status is 0.
func (o outcome) ok(t *testing.T) outcome {
	t.Helper()
	if o.status != 0 {
		t.Fatalf("exit status %d\n%s%s", o.status, o.stdout, o.stderr)
	}
	return o
}

// readYAML reads the documents of a YAML file into values of type T.
func readYAML[T any](t *testing.T, data string) []T {
	t.Helper()
	var out []T
	dec := yaml.NewDecoder(strings.NewReader(data))
	for {
		var doc T
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, doc)
	}
}

func readFile(t *testing.T, elem ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// assignments reads lines NAME=VALUE.
func assignments(t *testing.T, text string) map[string]string {
	t.Helper()
	out := make(map[string]string)
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !ok {
			t.Fatalf("%q is not an assignment", line)
		}
		out[name] = value
	}
	return out
}

// checkOut writes settings into a job's directory, as from a checkout. They must not
// change the output that the job's script reads.
func checkOut(t *testing.T, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, ".slimify.yaml"), []byte("progress: none\nquiet: true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func wantImage(t *testing.T, h hub, name, got string) {
	t.Helper()
	digest := h.digest(t, name)
	repository, _, _ := strings.Cut(name, ":")
	if want := fmt.Sprintf("%s/%s@%s", h.host, repository, digest); digest == "" || got != want {
		t.Errorf("the image is %q, and the registry has %q", got, want)
	}
}
