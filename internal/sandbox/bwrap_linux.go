package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// findBwrap finds bubblewrap, which only creates namespaces.
func findBwrap(opts Options) (starter, error) {
	path, err := exec.LookPath("bwrap")
	if err != nil {
		return nil, errNotOnPath
	}
	if opts.Helper == "" {
		return nil, errNoHelper
	}
	return func(spec *Spec, work string) (*process, error) { return startBwrap(path, opts.Helper, spec, work) }, nil
}

var errNotOnPath = errors.New("not on PATH")

func startBwrap(path, helper string, spec *Spec, work string) (*process, error) {
	// Not every bwrap can bound a file system in memory, so that of /dev is
	// read-only and shared memory is a directory.
	shm := filepath.Join(work, "shm")
	if err := errors.Join(os.Mkdir(shm, 0o700), os.Chmod(shm, 0o777|os.ModeSticky), chown(shm)); err != nil {
		return nil, err
	}
	args := []string{
		// Each namespace by its name: --unshare-all skips those that fail.
		"--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
		"--uid", strconv.Itoa(spec.UID), "--gid", strconv.Itoa(spec.GID), "--hostname", Hostname,
		"--cap-drop", "ALL", "--die-with-parent", "--new-session",
		"--bind", spec.Root, "/", "--proc", "/proc", "--dev", "/dev", "--bind", shm, "/dev/shm", "--remount-ro", "/dev", "--chdir", spec.Dir,
	}
	for _, kv := range spec.Env {
		if name, value, ok := strings.Cut(kv, "="); ok && name != "" {
			args = append(args, "--setenv", name, value)
		}
	}
	// bwrap bounds no memory: its process gets the bound before it becomes bwrap.
	p := &process{cmd: command(helper)}
	p.cmd.Env = []string{} // what bwrap has, the program would have
	info, infoFD, err := p.pipe(false)
	if err != nil {
		return nil, err
	}
	block, blockFD, err := p.pipe(true)
	if err != nil {
		return nil, errors.Join(err, info.Close(), closeFiles(p.files))
	}
	args = append(args, "--info-fd", strconv.Itoa(infoFD), "--block-fd", strconv.Itoa(blockFD), "--")
	p.cmd.Args = append([]string{limitName, strconv.FormatInt(spec.Memory, 10), path}, args...)
	p.cmd.Args = append(p.cmd.Args, spec.Args...)

	first := &firstProcess{fd: -1}
	p.begin = func() (err error) {
		defer func() { err = errors.Join(err, info.Close(), block.Close()) }()
		var child struct {
			PID int `json:"child-pid"`
		}
		if json.NewDecoder(info).Decode(&child) != nil {
			return nil // bwrap ended, and said why
		}
		// It waits for the byte below, so the PID is still its own.
		if err := first.open(child.PID); err != nil {
			return err
		}
		_, _ = block.Write([]byte{0}) // nobody reads it if bwrap ended
		return nil
	}
	p.kill = func() error {
		if first.kill() != nil {
			return p.cmd.Process.Kill()
		}
		return nil
	}
	p.clear = first.end
	return p, nil
}

// firstProcess is the first process of a sandbox. When it ends, the kernel
// kills all others. bwrap itself exits with the program, before that.
type firstProcess struct {
	mu sync.Mutex
	fd int // see pidfd_open(2); -1 if there is none
}

func (f *firstProcess) open(pid int) (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fd, err = unix.PidfdOpen(pid, 0); err != nil {
		f.fd = -1
		return fmt.Errorf("watching the first process: %w", err)
	}
	return nil
}

func (f *firstProcess) kill() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fd < 0 {
		return os.ErrProcessDone
	}
	return unix.PidfdSendSignal(f.fd, unix.SIGKILL, nil, 0)
}

// end kills the process and waits until it has ended.
func (f *firstProcess) end() {
	_ = f.kill() // it may have ended already
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fd < 0 {
		return
	}
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(f.fd), Events: unix.POLLIN}}, -1)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	_ = unix.Close(f.fd)
	f.fd = -1
}
