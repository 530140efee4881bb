package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// The file descriptors of the first process: its spec, and where it writes why
// setting up the sandbox failed.
const (
	specFD   = 3
	reportFD = 4
)

// findNamespaces needs only a kernel that lets users create namespaces.
func findNamespaces(opts Options) (starter, error) {
	if opts.Helper == "" {
		return nil, errNoHelper
	}
	return func(spec *Spec, _ string) (*process, error) { return startNamespaces(opts.Helper, spec) }, nil
}

// startNamespaces starts the helper in new namespaces, where [Main] makes the sandbox
// and becomes the program that is to run.
func startNamespaces(helper string, spec *Spec) (*process, error) {
	uid, gid := Owner()
	p := &process{cmd: command(helper), clear: func() {}}
	p.cmd.Args = []string{initName}
	attr := p.cmd.SysProcAttr
	attr.Cloneflags = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: spec.UID, HostID: uid, Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: spec.GID, HostID: gid, Size: 1}}
	if attr.Credential != nil { // root: the IDs are now those of the namespace
		attr.Credential = &syscall.Credential{Uid: uint32(spec.UID), Gid: uint32(spec.GID)}
		attr.GidMappingsEnableSetgroups = true
	}
	// The capabilities that a user of the namespace other than root keeps after
	// exec: to mount, to set up the loopback, and to drop all capabilities.
	attr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_SETPCAP}
	in, _, err := p.pipe(true)
	if err != nil {
		return nil, err
	}
	report, _, err := p.pipe(false)
	if err != nil {
		return nil, errors.Join(err, in.Close(), closeFiles(p.files))
	}
	p.begin = func() error {
		werr := errors.Join(json.NewEncoder(in).Encode(initSpec{spec.Root, spec.Args, spec.Env, spec.Dir, spec.Memory}), in.Close())
		fault, rerr := io.ReadAll(io.LimitReader(report, 4096))
		if len(fault) > 0 {
			werr, rerr = nil, errors.New(string(fault))
		}
		return errors.Join(werr, rerr, report.Close())
	}
	// It is the first process of its namespace: the kernel kills the others
	// with it.
	p.kill = func() error { return p.cmd.Process.Kill() }
	return p, nil
}

// initSpec is the part of a spec that the first process needs.
type initSpec struct {
	Root   string
	Args   []string
	Env    []string
	Dir    string
	Memory int64
}
