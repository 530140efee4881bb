// Package e2e runs slimify as a user would, on the lab's replicas of the
// official images, and looks at the results with tools that no one here wrote:
// skopeo pulls, umoci unpacks, runc runs.
//
// `go test ./testdata/e2e` needs what testdata/lab needs (Debian, root, the
// network when it is cold) and skips with its reason where that is lacking.
package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var (
	slimify  string // the binary under test
	registry string // host:port of the lab's registry
	labGone  string // why there is no lab; "" if there is one
)

// lacking is the status with which the lab says that this machine cannot run it.
const lacking = 75

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "slimify-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	slimify = filepath.Join(dir, "slimify")
	if out, err := exec.Command("go", "build", "-o", slimify, "../../cmd/slimify").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building slimify: %v\n%s", err, out)
		return 1
	}
	// Building the lab takes minutes when it is cold and nothing when it is warm.
	lab := exec.Command("../lab/lab")
	var said bytes.Buffer
	lab.Stdout, lab.Stderr = os.Stderr, &said
	var status *exec.ExitError
	switch err := lab.Run(); {
	case errors.As(err, &status) && status.ExitCode() == lacking:
		labGone = strings.TrimSpace(said.String())
	case err != nil:
		fmt.Fprintf(os.Stderr, "starting the lab: %v\n%s", err, said.String())
		return 1
	default:
		out, err := exec.Command("../lab/lab", "address").Output()
		if err != nil {
			fmt.Fprintf(os.Stderr, "asking for the lab's address: %v\n", err)
			return 1
		}
		registry = strings.TrimSpace(string(out))
	}
	return m.Run()
}

// needLab skips a test, with the lab's own reason, where there is no lab.
func needLab(t *testing.T) {
	t.Helper()
	if labGone != "" {
		t.Skipf("no lab on this machine: %s", labGone)
	}
}

// result is what a run of slimify left.
type result struct {
	code           int
	stdout, stderr string
}

// run runs slimify.
func run(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(slimify, args...)
	cmd.Env = append(os.Environ(), "SLIMIFY_BASE="+registry+"/library/python")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), strings.TrimSpace(stdout.String()), stderr.String()}
}

// slim runs slimify, which must succeed, and returns the digest that it prints.
func slim(t *testing.T, args ...string) string {
	t.Helper()
	r := run(t, args...)
	if r.code != 0 {
		t.Fatalf("slimify %q: exit status %d\n%s", args, r.code, r.stderr)
	}
	t.Logf("slimify %s\n%s%s", strings.Join(args, " "), r.stderr, r.stdout)
	if strings.Contains(r.stdout, "\n") {
		t.Errorf("more than one line on stdout: %q", r.stdout)
	}
	_, digest, ok := strings.Cut(r.stdout, "@")
	if !ok {
		return r.stdout // a Docker archive's image ID
	}
	return digest
}

// tool runs another program, which must succeed, and returns its stdout.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %q: %v\n%s%s", name, args, err, stdout.String(), stderr.String())
	}
	return strings.TrimSpace(stdout.String())
}

// manifest is what skopeo tells of an image in the lab's registry.
type manifest struct {
	MediaType string
	Layers    []struct{ Size int64 }
}

func inspect(t *testing.T, image string) (m manifest, size int64) {
	t.Helper()
	raw := tool(t, "skopeo", "inspect", "--raw", "--tls-verify=false", "docker://"+image)
	if err := json.Unmarshal([]byte(raw), &m); err != nil {
		t.Fatal(err)
	}
	for _, l := range m.Layers {
		size += l.Size
	}
	return m, size
}

// container is an image of the registry, unpacked by umoci and run by runc.
type container struct {
	t    *testing.T
	name string
	dir  string
}

// unpack pulls an image with skopeo and unpacks it with umoci.
func unpack(t *testing.T, image string) *container {
	t.Helper()
	dir := t.TempDir()
	layout := filepath.Join(dir, "layout")
	bundle := filepath.Join(dir, "bundle")
	tool(t, "skopeo", "copy", "-q", "--src-tls-verify=false", "docker://"+image, "oci:"+layout+":image")
	tool(t, "umoci", "unpack", "--image", layout+":image", bundle)
	c := &container{t: t, name: fmt.Sprintf("slimify-%d-%s", os.Getpid(), filepath.Base(filepath.Dir(dir))+filepath.Base(dir)), dir: bundle}
	c.configure(nil)
	return c
}

// configure fits umoci's runtime configuration to a test: no terminal, and the
// arguments if there are any.
func (c *container) configure(args []string) {
	c.t.Helper()
	path := filepath.Join(c.dir, "config.json")
	raw, err := os.ReadFile(path)
	if err != nil {
		c.t.Fatal(err)
	}
	var config map[string]any
	if err := json.Unmarshal(raw, &config); err != nil {
		c.t.Fatal(err)
	}
	process := config["process"].(map[string]any)
	process["terminal"] = false
	if args != nil {
		process["args"] = args
	}
	if raw, err = json.Marshal(config); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// output runs a command in a fresh container and returns what it prints; err
// is not nil if it fails.
func (c *container) output(args ...string) (string, error) {
	c.t.Helper()
	c.configure(args)
	out, err := exec.Command("runc", "run", "--bundle", c.dir, c.name).CombinedOutput()
	return string(out), err
}

// start runs the image's own command until the test ends.
func (c *container) start() {
	c.t.Helper()
	var log bytes.Buffer
	cmd := exec.Command("runc", "run", "--bundle", c.dir, c.name)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		_ = exec.Command("runc", "kill", c.name, "KILL").Run()
		_ = cmd.Wait()
		if c.t.Failed() {
			c.t.Logf("the container said:\n%s", log.String())
		}
	})
}

// exec runs a command beside the started one.
func (c *container) exec(args ...string) (string, error) {
	out, err := exec.Command("runc", append([]string{"exec", c.name}, args...)...).CombinedOutput()
	return string(out), err
}

// get asks the started application for a page, from inside the container,
// until it answers or half a minute is over.
func (c *container) get(url string) string {
	c.t.Helper()
	program := "import urllib.request; print(urllib.request.urlopen('" + url + "', timeout=5).read().decode())"
	var out string
	var err error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(300 * time.Millisecond) {
		if out, err = c.exec("python", "-c", program); err == nil {
			return strings.TrimSpace(out)
		}
	}
	c.t.Fatalf("GET %s: %v\n%s", url, err, out)
	return ""
}
