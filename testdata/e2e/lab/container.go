package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// timeLimit is the time limit for a command in a container.
const timeLimit = 5 * time.Minute

// Container is a file system and the config that it is run with.
type Container struct {
	Root   string // on this machine
	Config Config
	Binds  []Bind

	strict bool
	t      *testing.T
	// Of the image's own command, when started:
	name  string
	log   *log
	ended chan struct{} // closed when it has ended
}

// log takes what a program prints, and can be read meanwhile.
type log struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

// New returns a fresh container of an image of the registry.
func New(t *testing.T, image string) *Container {
	t.Helper()
	return &Container{t: t, Root: Mount(t, image), Config: Inspect(t, image)}
}

// As returns the container with another user.
func (c *Container) As(user string) *Container {
	other := *c
	other.Config.Config.User = user
	return &other
}

// Strict returns the container as clusters run those of whom they expect nothing good: the root read-only, /tmp the one
// place to write to, no capability, and the network of this machine.
func (c *Container) Strict() *Container {
	other := *c
	other.strict = true
	return &other
}

// bundle writes the runtime configuration, and returns the arguments of runc.
func (c *Container) bundle(args []string) (name, dir string, err error) {
	dir = c.t.TempDir()
	name = fmt.Sprintf("%s%d-%d", prefix, os.Getpid(), time.Now().UnixNano())
	config, err := spec(c.Root, c.Config, args, c.Binds)
	if err != nil {
		return "", "", err
	}
	if c.strict {
		restrict(config)
	}
	raw, err := json.Marshal(config)
	if err != nil {
		return "", "", err
	}
	return name, dir, os.WriteFile(filepath.Join(dir, "config.json"), raw, 0o644)
}

// Output runs a command in place of the image's own and returns its standard
// output; the error of a failed one has all that it printed.
func (c *Container) Output(args ...string) (string, error) {
	c.t.Helper()
	name, dir, err := c.bundle(args)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeLimit)
	defer cancel()
	defer func() { _ = exec.Command("runc", "delete", "--force", name).Run() }()
	return output(exec.CommandContext(ctx, "runc", "run", "--bundle", dir, name))
}

// Start runs the image's own command until the test ends.
func (c *Container) Start() error {
	c.t.Helper()
	args := append(append([]string{}, c.Config.Config.Entrypoint...), c.Config.Config.Cmd...)
	name, dir, err := c.bundle(args)
	if err != nil {
		return err
	}
	c.log = new(log)
	cmd := exec.Command("runc", "run", "--bundle", dir, name)
	cmd.Stdout, cmd.Stderr = c.log, c.log
	if err := cmd.Start(); err != nil {
		return err
	}
	c.name, c.ended = name, make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(c.ended)
	}()
	c.t.Cleanup(func() {
		_ = exec.Command("runc", "delete", "--force", name).Run()
		<-c.ended
	})
	for range 200 {
		select {
		case <-c.ended:
			return fmt.Errorf("the image's command ended: %s\n%s", cmd.ProcessState, c.log)
		case <-time.After(50 * time.Millisecond):
		}
		if c.running() {
			return nil
		}
	}
	return fmt.Errorf("the container does not start\n%s", c.log)
}

// running reports whether the image's command runs.
func (c *Container) running() bool {
	var state struct{ Status string }
	raw, err := exec.Command("runc", "state", c.name).Output()
	return err == nil && json.Unmarshal(raw, &state) == nil && state.Status == "running"
}

// Exec runs a command beside the started one; an error has what that printed.
func (c *Container) Exec(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeLimit)
	defer cancel()
	out, err := output(exec.CommandContext(ctx, "runc", append([]string{"exec", c.name}, args...)...))
	if err != nil {
		if !c.running() {
			select { // with all that it has to say
			case <-c.ended:
			case <-time.After(10 * time.Second):
			}
		}
		err = fmt.Errorf("%w\nthe image's command says:\n%s", err, c.log)
	}
	return out, err
}

// Get asks the started application for a page, from inside the container,
// until it answers or half a minute is over.
func (c *Container) Get(url string) string {
	c.t.Helper()
	program := "import urllib.request; print(urllib.request.urlopen('" + url + "', timeout=5).read().decode())"
	out, err := c.Until("python", "-c", program)
	if err != nil {
		c.t.Fatalf("GET %s: %v", url, err)
	}
	return out
}

// Until runs a command beside the started one until it succeeds or half a
// minute is over.
func (c *Container) Until(args ...string) (out string, err error) {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(300 * time.Millisecond) {
		if out, err = c.Exec(args...); err == nil || !c.running() {
			break
		}
	}
	return out, err
}

// output runs a command and returns what it prints.
func output(cmd *exec.Cmd) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return strings.TrimSpace(stdout.String()), fmt.Errorf("%w\n%s%s", err, stdout.String(), stderr.String())
	}
	return strings.TrimSpace(stdout.String()), nil
}
