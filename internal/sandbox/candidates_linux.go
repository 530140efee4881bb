package sandbox

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// candidates lists the runtimes in the order in which they are tried.
func candidates() []candidate {
	return []candidate{
		{"bwrap", findBwrap},
		{"crun", func(Options) (starter, error) { return findOCI("crun", "--cgroup-manager=disabled") }},
		{"runc", func(Options) (starter, error) { return findOCI("runc", "--rootless=true") }},
		{"namespaces", findNamespaces},
	}
}

// command is a runtime's process on the host. It does not inherit this
// process's environment, and the kernel kills it if this process dies.
func command(path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	return cmd
}

// closeInherited sets close-on-exec for all files, so that none which this
// process inherited is open in the sandbox, where it would be a way out. Go sets
// it for the files that this process opened.
func closeInherited() error {
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, e := range open {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}

// exitStatus is a process's status as a shell reports it.
func exitStatus(state *os.ProcessState) int {
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return state.ExitCode()
}

// pipe creates a pipe for the child and returns this process's end and the
// number of the child's. The child's end is closed here after the start.
func (p *process) pipe(childReads bool) (ours *os.File, childFD int, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, 0, err
	}
	ours, theirs := w, r
	if !childReads {
		ours, theirs = r, w
	}
	p.files = append(p.files, theirs)
	p.cmd.ExtraFiles = append(p.cmd.ExtraFiles, theirs)
	return ours, 2 + len(p.cmd.ExtraFiles), nil
}
