// Package lab is what the end-to-end tests share: the binary under test, the
// lab's registry, and containers of its images, made and run by programs that
// no one here wrote. podman pulls and mounts, runc runs.
//
// A package of tests gives its TestMain to Main, and starts each test with Need.
package lab

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// environment is what Main found out: package-wide, as a binary of tests has
// one lab.
type environment struct {
	root     string // the repository
	slimify  string // the binary under test
	registry string // host:port
	cache    string // what slimify keeps between the runs of one binary of tests
	began    int64  // Unix time, which makes its destinations unique
	storage  string // configuration of the storage that images are pulled into
	gone     string // why there is no lab; "" if there is one
}

var here environment

// lacking is the status with which the lab says that this machine cannot run it.
const lacking = 75

// Main builds slimify, starts the lab and runs the tests. Building the lab
// takes minutes when it is cold and nothing when it is warm.
func Main(m *testing.M) int {
	dir, err := os.MkdirTemp("", "slimify-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := start(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if here.gone == "" {
		sweep()
		defer sweep()
	}
	return m.Run()
}

func start(dir string) error {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return fmt.Errorf("finding the repository: %w", err)
	}
	here.root = strings.TrimSpace(string(root))
	here.slimify, here.cache = filepath.Join(dir, "slimify"), filepath.Join(dir, "cache")
	here.began = time.Now().Unix()
	build := exec.Command("go", "build", "-o", here.slimify, "./cmd/slimify")
	build.Dir = here.root
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building slimify: %w\n%s", err, out)
	}
	lab := exec.Command(script())
	var said bytes.Buffer
	lab.Stdout, lab.Stderr = os.Stderr, &said
	var status *exec.ExitError
	switch err := lab.Run(); {
	case errors.As(err, &status) && status.ExitCode() == lacking:
		here.gone = strings.TrimSpace(said.String())
		return nil
	case err != nil:
		return fmt.Errorf("starting the lab: %w\n%s", err, said.String())
	}
	for _, ask := range []struct {
		subcommand string
		answer     *string
	}{{"address", &here.registry}, {"storage", &here.storage}} {
		out, err := exec.Command(script(), ask.subcommand).Output()
		if err != nil {
			return fmt.Errorf("asking for the lab's %s: %w", ask.subcommand, err)
		}
		*ask.answer = strings.TrimSpace(string(out))
	}
	return nil
}

// script is the lab's command.
func script() string { return filepath.Join(here.root, "testdata", "lab", "lab") }

// Need skips a test, with the lab's own reason, where there is no lab.
func Need(t *testing.T) {
	t.Helper()
	if here.gone != "" {
		t.Skipf("no lab on this machine: %s", here.gone)
	}
}

// Registry returns the host:port of the lab's registry.
func Registry() string { return here.registry }

// Fresh returns a reference to which nobody has written before, so that a run has
// work to do.
func Fresh(repository string) string {
	return fmt.Sprintf("%s/%s:%d-%d", here.registry, repository, here.began, fresh.Add(1))
}

var fresh atomic.Int64

// Cache returns the directory in which slimify keeps what layers hold.
func Cache() string { return here.cache }

// Program returns the path of the slimify under test.
func Program() string { return here.slimify }

// Build builds the Dockerfile in a folder and pushes it as a name
// (repository:tag), unless that was done from the same files before. The
// options are those of `lab app`. It returns the reference.
func Build(t *testing.T, folder, name string, options ...string) string {
	t.Helper()
	folder, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	Tool(t, script(), append(append([]string{"app"}, options...), folder, name)...)
	return here.registry + "/" + name
}

// Result is what a run of slimify left.
type Result struct {
	Code           int
	Stdout, Stderr string
}

// Run runs slimify.
func Run(t *testing.T, args ...string) Result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(here.slimify, args...)
	cmd.Env = append(os.Environ(), "SLIMIFY_BASE="+here.registry+"/library/python", "SLIMIFY_CACHE_DIR="+here.cache)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		t.Fatal(err)
	}
	return Result{cmd.ProcessState.ExitCode(), strings.TrimSpace(stdout.String()), stderr.String()}
}

// Slim runs slimify, which must succeed, and returns the digest that it prints.
func Slim(t *testing.T, args ...string) string {
	t.Helper()
	r := Run(t, args...)
	if r.Code != 0 {
		t.Fatalf("slimify %q: exit status %d\n%s", args, r.Code, r.Stderr)
	}
	t.Logf("slimify %s\n%s%s", strings.Join(args, " "), r.Stderr, r.Stdout)
	if strings.Contains(r.Stdout, "\n") {
		t.Errorf("more than one line on stdout: %q", r.Stdout)
	}
	_, digest, ok := strings.Cut(r.Stdout, "@")
	if !ok {
		return r.Stdout // a Docker archive's image ID
	}
	return digest
}

// Tool runs another program, which must succeed, and returns its stdout.
func Tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := tool(name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func tool(name string, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if here.storage != "" {
		cmd.Env = append(os.Environ(), "CONTAINERS_STORAGE_CONF="+here.storage)
	}
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %q: %w\n%s%s", name, args, err, stdout.String(), stderr.String())
	}
	return strings.TrimSpace(stdout.String()), nil
}
