package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// findOCI finds a runtime with the command line of runc. args come first.
func findOCI(name string, args ...string) (starter, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, errNotOnPath
	}
	return func(spec *Spec, work string) (*process, error) { return startOCI(path, args, spec, work) }, nil
}

// startOCI writes a bundle (OCI runtime specification, bundle.md) and runs it.
func startOCI(path string, args []string, spec *Spec, work string) (*process, error) {
	config, err := json.Marshal(bundle(spec))
	if err != nil {
		return nil, err
	}
	name := filepath.Join(work, "config.json")
	if err := os.WriteFile(name, config, 0o644); err != nil {
		return nil, err
	}
	const id = "slimify" // its state is in a directory of its own
	args = append([]string{"--root", filepath.Join(work, "state")}, args...)
	do := func(what ...string) *exec.Cmd {
		cmd := command(path, append(args[:len(args):len(args)], what...)...)
		cmd.Env = append(cmd.Env, "XDG_RUNTIME_DIR="+work)
		return cmd
	}
	p := &process{
		cmd:   do("run", "--bundle", work, id),
		begin: func() error { return nil },
		kill:  func() error { return do("kill", id, "KILL").Run() },
		clear: func() { _ = do("delete", "--force", id).Run() }, // it may be gone already
	}
	return p, nil
}

// bundle translates a spec into the OCI runtime specification's form.
func bundle(spec *Spec) *specs.Spec {
	uid, gid := Owner()
	limits := []specs.POSIXRlimit{}
	shm := []string{"nosuid", "nodev", "noexec", "mode=1777"}
	if spec.Memory > 0 {
		limits = append(limits, specs.POSIXRlimit{Type: "RLIMIT_DATA", Soft: uint64(spec.Memory), Hard: uint64(spec.Memory)})
		shm = append(shm, fmt.Sprintf("size=%d", spec.Memory))
	}
	return &specs.Spec{
		Version: "1.0.2",
		Process: &specs.Process{
			User: specs.User{UID: uint32(spec.UID), GID: uint32(spec.GID)},
			Args: spec.Args, Env: spec.Env, Cwd: spec.Dir,
			Capabilities: &specs.LinuxCapabilities{}, NoNewPrivileges: true, Rlimits: limits,
		},
		Root:     &specs.Root{Path: spec.Root},
		Hostname: Hostname,
		Mounts: []specs.Mount{
			{Destination: "/proc", Type: "proc", Source: "proc"},
			{Destination: "/dev", Type: "tmpfs", Source: "tmpfs", Options: []string{"nosuid", "mode=755", "size=64k"}},
			{Destination: "/dev/pts", Type: "devpts", Source: "devpts", Options: []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}},
			{Destination: "/dev/shm", Type: "tmpfs", Source: "shm", Options: shm},
		},
		Linux: &specs.Linux{
			UIDMappings: []specs.LinuxIDMapping{{ContainerID: uint32(spec.UID), HostID: uint32(uid), Size: 1}},
			GIDMappings: []specs.LinuxIDMapping{{ContainerID: uint32(spec.GID), HostID: uint32(gid), Size: 1}},
			Namespaces: []specs.LinuxNamespace{
				{Type: specs.UserNamespace}, {Type: specs.PIDNamespace}, {Type: specs.NetworkNamespace},
				{Type: specs.MountNamespace}, {Type: specs.IPCNamespace}, {Type: specs.UTSNamespace},
			},
			MaskedPaths:   []string{"/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug"},
			ReadonlyPaths: []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"},
		},
	}
}
