// Package sandbox runs a program of an image in a directory that holds the
// image's files, without any right on the host: no network but a loopback of its
// own, no file of the host but the devices every program needs, its own processes,
// bounded memory and time. It is made of user namespaces, by a container runtime
// that is at hand or by slimify itself.
//
// All of it works for an ordinary user. Root gives its rights up first and
// becomes nobody: as root of a user namespace it would still own, by number, the
// host's files in /proc/sys.
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

// Spec is a program and what it may do.
type Spec struct {
	// Root is the directory that the program sees as "/". It may write there.
	// All in it belongs to [Owner]; its parent directory is writable and takes
	// the runtime's own files.
	Root string
	Args []string
	Env  []string
	Dir  string // the working directory, inside
	// UID and GID are the ids that the program sees as its own, and as the
	// owner of every file. There is no other id inside.
	UID, GID int

	Stdin          io.Reader // nil: empty
	Stdout, Stderr io.Writer // nil: discarded

	// Memory bounds the writable private memory of each process in bytes
	// (RLIMIT_DATA), and /dev/shm where that is in memory. What programs only
	// reserve does not count. 0 means no bound.
	Memory int64
	// Timeout ends the program with all that it started. 0 means no bound.
	Timeout time.Duration
}

// Result is how a program ended.
type Result struct {
	// Exit is its status, or 128 and the number of the signal that ended it.
	Exit int
	// TimedOut says that it was ended at Spec.Timeout.
	TimedOut bool
}

// Runtime is a way to make a sandbox that was seen to work on this machine.
type Runtime struct {
	name  string
	start starter
}

// Name is the runtime's name in the table of candidates.
func (r *Runtime) Name() string { return r.name }

// starter makes a process that runs a spec. Files of the runtime's own go to
// work, an empty directory.
type starter func(spec *Spec, work string) (*process, error)

// process is a sandbox that is not yet started.
type process struct {
	cmd *exec.Cmd
	// begin is called after the start and hands over what the process waits for;
	// its error is why the sandbox could not be made.
	begin func() error
	// kill ends all processes inside, so that cmd ends as well.
	kill func() error
	// clear removes what the runtime left, after the end.
	clear func()
	// files are the child's ends of pipes, which are closed after the start.
	files []*os.File
}

// errTimeout is the cause of a context that Spec.Timeout ended.
var errTimeout = errors.New("the time is over")

// Run runs a program and waits for its end. However it ends, no process of the
// sandbox is left. The error is not nil if the sandbox could not be made or ctx
// was cancelled; a program that fails is no error.
func (r *Runtime) Run(ctx context.Context, spec Spec) (res Result, err error) {
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	if err := furnish(spec.Root); err != nil {
		return Result{}, fmt.Errorf("preparing the root of the sandbox: %w", err)
	}
	work, err := os.MkdirTemp(filepath.Dir(spec.Root), "runtime-")
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, unpack.Remove(work)) }()
	if err := give(work); err != nil {
		return Result{}, err
	}
	p, err := r.start(&spec, work)
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", r.name, err)
	}
	return p.run(ctx, &spec)
}

// run starts the process and sees to its end.
func (p *process) run(ctx context.Context, spec *Spec) (Result, error) {
	if err := closeInherited(); err != nil {
		return Result{}, errors.Join(err, closeFiles(p.files))
	}
	// The kernel kills the sandbox when the thread ends that started it (see
	// PR_SET_PDEATHSIG), so that thread stays here.
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

// furnish puts into the root what every container runtime does: the places where
// file systems are mounted, and the network's files. They must not be links of
// the image's making.
func furnish(dir string) (err error) {
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
		"etc/resolv.conf": "", // the resolver then asks the loopback, where nobody answers
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

// Hostname is what the sandbox takes for its machine's name.
const Hostname = "sandbox"

// give makes a directory the owner's.
func give(dir string) error {
	uid, gid := Owner()
	return os.Lchown(dir, uid, gid)
}

// nobody is the user and the group that root becomes, by convention one without
// rights.
const nobody = 65534

// Owner is the user and the group to whom a root must belong: those of this
// process, or nobody's if it is root's.
func Owner() (uid, gid int) {
	if os.Geteuid() == 0 {
		return nobody, nobody
	}
	return os.Geteuid(), os.Getegid()
}

// UnavailableError says why there is no sandbox on this machine.
type UnavailableError struct {
	// Reasons are the candidates that were tried, in order, and why each
	// does not work.
	Reasons []Reason
	// Machine is the architecture of the programs, if it is not this machine's.
	Machine string
}

// Reason is why one candidate does not work.
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

// UnknownError is a name that no candidate has.
type UnknownError struct {
	Name string
	Have []string
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("there is no runtime %q; choose one of %s", e.Name, strings.Join(e.Have, ", "))
}

// UnreachableError is a directory for temporary files in which nobody cannot run
// programs of root's.
type UnreachableError struct{ Dir, Closed string }

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("nobody, as whom root runs an image's programs, cannot reach %s: %s is closed to other users", e.Dir, e.Closed)
}
