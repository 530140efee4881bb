package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

// enter sets up the sandbox from inside the new namespaces and executes the
// program. It returns only if that fails.
func enter(spec *os.File) error {
	unix.Umask(0o022)
	runtime.LockOSThread() // capabilities and limits belong to a thread until it executes the program
	var r initSpec
	if err := errors.Join(json.NewDecoder(spec).Decode(&r), spec.Close()); err != nil {
		return fmt.Errorf("reading the spec: %w", err)
	}
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"mounting", r.mount},
		{"setting the host name", func() error { return unix.Sethostname([]byte(Hostname)) }},
		{"setting up the loopback", loopback},
		{"limiting memory", r.limit},
		{"dropping capabilities", dropCapabilities},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	if err := os.Chdir(r.Dir); err != nil {
		return err
	}
	os.Clearenv()
	for _, kv := range r.Env {
		for i := range len(kv) {
			if kv[i] == '=' {
				_ = os.Setenv(kv[:i], kv[i+1:]) // invalid names are skipped
				break
			}
		}
	}
	path, err := exec.LookPath(r.Args[0])
	if err != nil && !errors.Is(err, exec.ErrDot) { // an image may have "." in its PATH
		return err
	}
	return fmt.Errorf("starting %s: %w", path, unix.Exec(path, r.Args, os.Environ()))
}

// mounting is one call of mount(2). target is relative to the new root.
type mounting struct {
	source, target, kind string
	flags                uintptr
	data                 string
}

// mount sets up the new root: the image's files, a /proc for the new processes,
// a small /dev. None of the host's file systems stays mounted.
func (r *initSpec) mount() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("separating from the host's mounts: %w", err)
	}
	if err := unix.Mount(r.Root, r.Root, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("binding the root: %w", err)
	}
	flags, err := keptFlags(r.Root)
	if err != nil {
		return err
	}
	const quiet = unix.MS_NOSUID | unix.MS_NOEXEC
	shm := "mode=1777"
	if r.Memory > 0 {
		shm += fmt.Sprintf(",size=%d", r.Memory)
	}
	mounts := []mounting{
		{"", "", "", unix.MS_REMOUNT | unix.MS_BIND | unix.MS_NOSUID | unix.MS_NODEV | flags, ""},
		{"proc", "proc", "proc", quiet | unix.MS_NODEV, ""},
		{"tmpfs", "dev", "tmpfs", unix.MS_NOSUID, "mode=755,size=64k"},
		{"devpts", "dev/pts", "devpts", quiet, "newinstance,ptmxmode=0666,mode=620"},
		{"tmpfs", "dev/shm", "tmpfs", quiet | unix.MS_NODEV, shm},
	}
	for _, name := range []string{"null", "zero", "full", "random", "urandom", "tty"} {
		mounts = append(mounts, mounting{"/dev/" + name, "dev/" + name, "", unix.MS_BIND, ""})
	}
	for _, m := range mounts {
		target := filepath.Join(r.Root, m.target)
		if err := place(target, m); err != nil {
			return err
		}
		if err := unix.Mount(m.source, target, m.kind, m.flags, m.data); err != nil {
			return fmt.Errorf("/%s: %w", m.target, err)
		}
	}
	for name, to := range map[string]string{
		"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx",
	} {
		if err := os.Symlink(to, filepath.Join(r.Root, "dev", name)); err != nil {
			return err
		}
	}
	// pivot_root(2), NOTES: the old root ends up on top of the new one.
	if err := unix.Chdir(r.Root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("changing the root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leaving the old root: %w", err)
	}
	return unix.Chdir("/")
}

// place creates the mount point of m if it is in /dev; prepareRoot creates the
// others.
func place(target string, m mounting) error {
	if filepath.Dir(m.target) != "dev" {
		return nil
	}
	if m.kind != "" {
		return os.Mkdir(target, 0o755)
	}
	return os.WriteFile(target, nil, 0o644)
}

// keptFlags returns the flags of a mount that a user must not clear.
func keptFlags(dir string) (uintptr, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	var flags uintptr
	for bit, flag := range map[int64]uintptr{
		unix.ST_RDONLY: unix.MS_RDONLY, unix.ST_NOEXEC: unix.MS_NOEXEC, unix.ST_NOATIME: unix.MS_NOATIME,
		unix.ST_NODIRATIME: unix.MS_NODIRATIME, unix.ST_RELATIME: unix.MS_RELATIME,
	} {
		if int64(st.Flags)&bit != 0 { //nolint:unconvert // 32 bits on some machines
			flags |= flag
		}
	}
	return flags, nil
}

// loopback brings the namespace's only network interface up.
func loopback() (err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unix.Close(fd)) }()
	req, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	req.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req)
}

func (r *initSpec) limit() error { return limitData(r.Memory) }

// dropCapabilities drops all capabilities for good, including those that
// executing a program could grant.
func dropCapabilities() error {
	for c := uintptr(0); ; c++ {
		err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0)
		if errors.Is(err, unix.EINVAL) {
			break // past the kernel's last one
		}
		if err != nil {
			return err
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return err
	}
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&head, &none[0]); err != nil {
		return err
	}
	return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
}
