//go:build linux

package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slimify/slimify/internal/sandbox"
	"github.com/slimify/slimify/internal/unpack"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// build builds the program that runs inside.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "inside")
	cmd := exec.Command("go", "build", "-o", path, "./testdata/inside")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	return path
}

// tempDir returns a directory that the user nobody can reach, unlike
// T.TempDir's.
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sandbox-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unpack.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

// cell is a root with the program in it, and a runtime to run it.
type cell struct {
	t       *testing.T
	runtime *sandbox.Runtime
	root    string
	uid     int
}

func newCell(t *testing.T, r *sandbox.Runtime, program string, uid int) *cell {
	t.Helper()
	c := &cell{t: t, runtime: r, root: filepath.Join(tempDir(t), "root"), uid: uid}
	owner, group := sandbox.Owner()
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(c.root, "inside")
	for _, err := range []error{
		os.Mkdir(c.root, 0o755), os.WriteFile(inside, data, 0o755), os.Chown(filepath.Dir(c.root), owner, group),
		os.Chown(c.root, owner, group), os.Chown(inside, owner, group),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// run runs the program with a spec that change may alter.
func (c *cell) run(change func(*sandbox.Spec), args ...string) (string, sandbox.Result) {
	c.t.Helper()
	var out bytes.Buffer
	spec := sandbox.Spec{
		Root: c.root, Args: append([]string{"/inside"}, args...), Dir: "/", UID: c.uid, GID: c.uid,
		Stdout: &out, Stderr: &out, Memory: 4 << 30, Timeout: time.Minute,
	}
	if change != nil {
		change(&spec)
	}
	res, err := c.runtime.Run(c.t.Context(), spec)
	if err != nil {
		c.t.Fatal(err)
	}
	return strings.TrimSpace(out.String()), res
}

// free reports whether the lock of the program's grandchild is free.
func (c *cell) free() bool {
	c.t.Helper()
	f, err := os.Open(filepath.Join(c.root, "lock"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// eachRuntime runs a test on every runtime that works here, as the image's root
// and as one of its users.
func eachRuntime(t *testing.T, test func(t *testing.T, c *cell)) {
	program := build(t)
	for _, name := range sandbox.Names() {
		for _, uid := range []int{0, 1234} {
			t.Run(fmt.Sprintf("%s/%d", name, uid), func(t *testing.T) {
				t.Parallel()
				r, err := sandbox.Choose(t.Context(), sandbox.Options{
					Name: name, Machine: runtime.GOARCH, UID: uid, GID: uid, Helper: sandbox.Self, TempDir: tempDir(t),
				})
				var none *sandbox.UnavailableError
				if errors.As(err, &none) {
					t.Skip(err)
				}
				if err != nil {
					t.Fatal(err)
				}
				test(t, newCell(t, r, program, uid))
			})
		}
	}
}

// Every runtime isolates equally.
func TestSandbox(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o666); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	// A file without close-on-exec, as if this process had inherited it.
	leaked, err := os.Open(secret)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { leaked.Close() })
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, leaked.Fd(), syscall.F_SETFD, 0); errno != 0 {
		t.Fatal(errno)
	}
	eachRuntime(t, func(t *testing.T, c *cell) {
		id := strconv.Itoa(c.uid)
		for _, q := range []struct {
			name   string
			change func(*sandbox.Spec)
			args   []string
			fails  bool
			answer string // part of it; of what fails, part of the error
		}{
			{name: "status", args: []string{"exit", "0"}},
			{name: "ids, directory, host and environment", args: []string{"who"}, answer: id + " " + id + " /etc sandbox A=b c",
				change: func(s *sandbox.Spec) { s.Dir, s.Env = "/etc", []string{"A=b c"} }},
			{name: "program by PATH", args: []string{"exit", "0"},
				change: func(s *sandbox.Spec) { s.Args[0], s.Env = "inside", []string{"PATH=/nowhere:/"} }},
			{name: "standard input", args: []string{"cat"}, answer: "said", change: func(s *sandbox.Spec) { s.Stdin = strings.NewReader("said") }},
			{name: "no standard input", args: []string{"cat"}},
			{name: "own loopback", args: []string{"loopback"}},
			{name: "host's loopback", args: []string{"connect", listener.Addr().String()}, fails: true, answer: "connection refused"},
			{name: "other networks", args: []string{"connect", "192.0.2.1:80"}, fails: true, answer: "network is unreachable"},
			{name: "host's files", args: []string{"read", secret}, fails: true, answer: "no such file"},
			{name: "nothing beside the root", args: []string{"list", "/.."}, answer: "dev\netc\ninside\nproc"},
			{name: "host's settings", args: []string{"write", "/proc/sys/vm/swappiness", "60"}, fails: true},
			{name: "host's name", args: []string{"write", "/proc/sys/kernel/hostname", "x"}, fails: true},
			{name: "other processes", args: []string{"read", fmt.Sprintf("/proc/%d/stat", os.Getpid())}, fails: true, answer: "no such file"},
			{name: "files left open", args: []string{"files"}},
			{name: "no rights", args: []string{"status", "CapEff"}, answer: "0000000000000000"},
			{name: "no rights to get", args: []string{"status", "CapBnd"}, answer: "0000000000000000"},
			{name: "no new privileges", args: []string{"status", "NoNewPrivs"}, answer: "1"},
			{name: "writes in its root", args: []string{"write", "/etc/new", "x"}},
			{name: "shared memory", args: []string{"write", "/dev/shm/x", "x"}},
			{name: "no other memory", args: []string{"write", "/dev/x", strings.Repeat("x", 100<<10)}, fails: true},
			{name: "null device", args: []string{"write", "/dev/null", "x"}},
			{name: "memory", args: []string{"allocate", "1000000000"}},
			{name: "too much memory", args: []string{"allocate", "1000000000"}, fails: true, answer: "cannot allocate memory",
				change: func(s *sandbox.Spec) { s.Memory = 500 << 20 }},
			{name: "address space is free", args: []string{"reserve", "2000000000"}, change: func(s *sandbox.Spec) { s.Memory = 500 << 20 }},
		} {
			answer, res := c.run(q.change, q.args...)
			if res.TimedOut || (res.Exit != 0) != q.fails || !strings.Contains(answer, q.answer) || q.answer == "" && !q.fails && answer != "" {
				t.Errorf("%s: %+v, answer %q, want %q", q.name, res, answer, q.answer)
			}
		}
		if _, res := c.run(nil, "exit", "42"); res.Exit != 42 {
			t.Errorf("exit status is %d, want 42", res.Exit)
		}
		if answer, _ := c.run(nil, "processes"); len(strings.Fields(answer)) > 2 {
			t.Errorf("processes inside: %q", answer)
		}
	})
}

// After a timeout or cancellation no process is left, not even one that left its
// group.
func TestEnd(t *testing.T) {
	eachRuntime(t, func(t *testing.T, c *cell) {
		answer, res := c.run(func(s *sandbox.Spec) { s.Timeout = 3 * time.Second }, "hang")
		if !res.TimedOut || answer != "held" {
			t.Fatalf("%+v, answer %q", res, answer)
		}
		if !c.free() {
			t.Error("a process outlived the time")
		}

		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := c.runtime.Run(ctx, sandbox.Spec{
			Root: c.root, Args: []string{"/inside", "hang"}, Dir: "/", UID: c.uid, GID: c.uid, Stdout: onWrite(cancel),
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		if !c.free() {
			t.Error("a process outlived the call")
		}
		if left, _ := os.ReadDir(filepath.Dir(c.root)); len(left) != 1 {
			t.Errorf("files are left beside the root: %v", left)
		}
		// When a program ends, its children are killed.
		if answer, res := c.run(nil, "child"); res.Exit != 0 || answer != "held" || !c.free() {
			t.Errorf("%+v, answer %q: a process outlived the program", res, answer)
		}
	})
}

// onWrite calls a function on each write.
type onWrite func()

func (f onWrite) Write(p []byte) (int, error) { f(); return len(p), nil }

// Links in an image cannot redirect mounts or make the sandbox write files of
// the host.
func TestHostileRoot(t *testing.T) {
	eachRuntime(t, func(t *testing.T, c *cell) {
		outside := t.TempDir()
		target := filepath.Join(outside, "hosts")
		if err := os.WriteFile(target, []byte("host's"), 0o666); err != nil {
			t.Fatal(err)
		}
		for name, to := range map[string]string{"proc": outside, "dev": "../..", "etc": outside} {
			if err := os.Symlink(to, filepath.Join(c.root, name)); err != nil {
				t.Fatal(err)
			}
		}
		if answer, res := c.run(nil, "read", "/etc/hosts"); res.Exit != 0 || !strings.Contains(answer, "localhost") {
			t.Errorf("%+v, answer %q", res, answer)
		}
		if data, err := os.ReadFile(target); err != nil || string(data) != "host's" {
			t.Errorf("the host's file holds %q (%v)", data, err)
		}
	})
}

func TestChoose(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	opts := sandbox.Options{Machine: runtime.GOARCH, TempDir: tempDir(t)}
	_, err := sandbox.Choose(t.Context(), opts)
	var none *sandbox.UnavailableError
	if !errors.As(err, &none) || len(none.Reasons) != len(sandbox.Names()) {
		t.Fatalf("error is %v, want a reason for each candidate", err)
	}
	for _, name := range sandbox.Names() {
		if !strings.Contains(err.Error(), " "+name+": ") {
			t.Errorf("error is %v, without %s", err, name)
		}
	}
	opts.Name = "docker"
	var unknown *sandbox.UnknownError
	if _, err := sandbox.Choose(t.Context(), opts); !errors.As(err, &unknown) {
		t.Errorf("error is %v", err)
	}
}

// Root runs programs as nobody: a directory that nobody cannot reach is
// reported itself, not as a failure of each runtime.
func TestUnreachable(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root becomes somebody else")
	}
	dir := tempDir(t)
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := sandbox.Choose(t.Context(), sandbox.Options{Machine: runtime.GOARCH, Helper: sandbox.Self, TempDir: dir})
	var closed *sandbox.UnreachableError
	if !errors.As(err, &closed) || closed.Closed != dir {
		t.Errorf("error is %v", err)
	}
}

// The kernel says whether it can run programs of another architecture.
func TestForeignMachine(t *testing.T) {
	foreign := "s390x"
	_, err := sandbox.Choose(t.Context(), sandbox.Options{Machine: foreign, Helper: sandbox.Self, TempDir: tempDir(t)})
	if _, registered := os.Stat("/proc/sys/fs/binfmt_misc/qemu-s390x"); registered == nil {
		t.Skip("this machine runs programs for " + foreign)
	}
	var none *sandbox.UnavailableError
	if !errors.As(err, &none) || !strings.Contains(err.Error(), "for programs of s390x") {
		t.Errorf("error is %v", err)
	}
	if _, err := sandbox.Choose(t.Context(), sandbox.Options{Machine: "pdp11", TempDir: tempDir(t)}); !errors.As(err, &none) {
		t.Errorf("error is %v", err)
	}
}
