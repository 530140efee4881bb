// Package sandbox runs a program from an image in a directory with the image's
// files, isolated from the host: no network but its own loopback, no files of the
// host but common devices, no processes but its own, limited memory and time. It
// uses user namespaces, set up by an installed container runtime or by slimify
// itself.
//
// It needs no root. As root it drops its privileges first and becomes nobody:
// root of a user namespace that maps to the host's root still owns the host's
// files in /proc/sys.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/slimify/slimify/internal/unpack"
)

// Spec is a program to run, with its environment and limits.
type Spec struct {
	// Root is the directory that the program sees as "/". It may write there.
	// All files in it belong to [Owner]; its parent directory is writable and
	// takes the runtime's own files.
	Root string
	Args []string
	Env  []string
	Dir  string // the working directory, inside
	// UID and GID are the IDs of the program and of the owner of every file, as
	// seen inside. No other ID exists inside.
	UID, GID int

	Stdin          io.Reader // nil: empty
	Stdout, Stderr io.Writer // nil: discarded

	// Memory limits the writable private memory of each process in bytes
	// (RLIMIT_DATA), and /dev/shm if it is a tmpfs. Reserved address space does
	// not count. 0 means no limit.
	Memory int64
	// Timeout kills the program and all its children. 0 means no limit.
	Timeout time.Duration
}

// Result is how a program ended.
type Result struct {
	// Exit is its status, or 128 plus the number of the signal that killed it.
	Exit int
	// TimedOut reports that it was killed at Spec.Timeout.
	TimedOut bool
}

// Runtime sets up sandboxes, and was tested on this machine.
type Runtime struct {
	name  string
	start starter
}

// Name is the runtime's name in the table of candidates.
func (r *Runtime) Name() string { return r.name }

// starter prepares a process that runs a spec. The runtime's own files go to
// work, an empty directory.
type starter func(spec *Spec, work string) (*process, error)

// process is a sandbox that is not started yet.
type process struct {
	cmd *exec.Cmd
	// begin is called after the start and sends what the process waits for; its
	// error is why setting up the sandbox failed.
	begin func() error
	// kill kills all processes inside, so that cmd ends, too.
	kill func() error
	// clear removes the runtime's files after the end.
	clear func()
	// files are the child's ends of pipes, which are closed after the start.
	files []*os.File
}

// errTimeout is the cause of a context canceled by Spec.Timeout.
var errTimeout = errors.New("time limit exceeded")

// Run runs a program and waits for its end. No process of the sandbox is left,
// however it ends. The error is not nil if the sandbox could not be set up or
// ctx was canceled; a program that fails is not an error.
func (r *Runtime) Run(ctx context.Context, spec Spec) (res Result, err error) {
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	if err := prepareRoot(spec.Root); err != nil {
		return Result{}, fmt.Errorf("preparing the root of the sandbox: %w", err)
	}
	work, err := os.MkdirTemp(filepath.Dir(spec.Root), "runtime-")
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, unpack.Remove(work)) }()
	if err := chown(work); err != nil {
		return Result{}, err
	}
	p, err := r.start(&spec, work)
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", r.name, err)
	}
	return p.run(ctx, &spec)
}

// run starts the process and waits for its end.
func (p *process) run(ctx context.Context, spec *Spec) (Result, error) {
	if err := closeInherited(); err != nil {
		return Result{}, errors.Join(err, closeFiles(p.files))
	}
	// The kernel kills the sandbox when the thread that started it ends (see
	// PR_SET_PDEATHSIG), so this goroutine keeps its thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	limited, cancel := ctx, context.CancelFunc(func() {})
	if spec.Timeout > 0 {
		limited, cancel = context.WithTimeoutCause(ctx, spec.Timeout, errTimeout)
	}
	defer cancel()

	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = spec.Stdin, spec.Stdout, spec.Stderr
	err := p.cmd.Start()
	if cerr := closeFiles(p.files); err == nil {
		err = cerr
	}
	if err != nil {
		return Result{}, err
	}
	defer p.clear()
	stop := context.AfterFunc(limited, func() {
		if p.kill() != nil {
			_ = p.cmd.Process.Kill()
		}
	})
	defer stop()
	began := p.begin()
	if began != nil {
		_ = p.kill()
		_ = p.cmd.Process.Kill()
	}
	err = p.cmd.Wait()
	var status *exec.ExitError
	switch {
	case errors.Is(context.Cause(limited), errTimeout):
		return Result{Exit: exitStatus(p.cmd.ProcessState), TimedOut: true}, nil
	case ctx.Err() != nil:
		return Result{}, ctx.Err()
	case began != nil:
		return Result{}, began
	case err != nil && !errors.As(err, &status):
		return Result{}, err
	}
	return Result{Exit: exitStatus(p.cmd.ProcessState)}, nil
}

func closeFiles(files []*os.File) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// prepareRoot creates mount points and the network's files in the root, as every
// container runtime does. It replaces links from the image, which could lead to
// the host's files.
func prepareRoot(dir string) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	uid, gid := Owner()
	for _, name := range []string{"proc", "dev", "etc"} {
		if info, err := root.Lstat(name); err == nil && info.IsDir() {
			continue
		} else if err == nil {
			if err := root.Remove(name); err != nil {
				return err
			}
		}
		if err := errors.Join(root.Mkdir(name, 0o755), root.Lchown(name, uid, gid)); err != nil {
			return err
		}
	}
	for name, content := range map[string]string{
		"etc/hosts":       "127.0.0.1\tlocalhost " + Hostname + "\n::1\tlocalhost ip6-localhost ip6-loopback\n",
		"etc/hostname":    Hostname + "\n",
		"etc/resolv.conf": "", // the resolver then asks the loopback, which does not answer
	} {
		if err := root.RemoveAll(name); err != nil {
			return err
		}
		if err := errors.Join(root.WriteFile(name, []byte(content), 0o644), root.Lchown(name, uid, gid)); err != nil {
			return err
		}
	}
	return nil
}

// Hostname is the host name inside a sandbox.
const Hostname = "sandbox"

// chown makes [Owner] the owner of a directory.
func chown(dir string) error {
	uid, gid := Owner()
	return os.Lchown(dir, uid, gid)
}

// nobody is the UID and GID that root switches to, by convention without
// privileges.
const nobody = 65534

// Owner returns the UID and GID that must own a root: those of this process, or
// nobody's if it runs as root.
func Owner() (uid, gid int) {
	if os.Geteuid() == 0 {
		return nobody, nobody
	}
	return os.Geteuid(), os.Getegid()
}

// UnavailableError reports that no candidate works on this machine.
type UnavailableError struct {
	// Reasons holds the cause for each candidate, in the order of the attempts.
	Reasons []Reason
	// Machine is the architecture of the programs, if it is not this machine's.
	Machine string
}

// Reason is a candidate with the cause why it does not work.
type Reason struct {
	Runtime string
	Err     error
}

func (e *UnavailableError) Error() string {
	var b strings.Builder
	b.WriteString("no sandbox works on this machine")
	if e.Machine != "" {
		fmt.Fprintf(&b, " (%s) for programs of %s", runtime.GOARCH, e.Machine)
	}
	b.WriteByte(':')
	for i, r := range e.Reasons {
		if i > 0 {
			b.WriteByte(';')
		}
		fmt.Fprintf(&b, " %s: %v", r.Runtime, r.Err)
	}
	return b.String()
}

// UnknownError is a name that is not a candidate's.
type UnknownError struct {
	Name string
	Have []string
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("there is no runtime %q; choose one of %s", e.Name, strings.Join(e.Have, ", "))
}

// UnreachableError is a directory for temporary files that the user nobody
// cannot reach, as whom root runs programs.
type UnreachableError struct{ Dir, Closed string }

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("the user nobody, as whom root runs an image's programs, cannot reach %s: %s is closed to other users", e.Dir, e.Closed)
}
