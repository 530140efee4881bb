package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// object is a JSON object of a runtime configuration.
type object = map[string]any

// capabilities are those that container engines give by default.
var capabilities = []string{
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",
	"CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
}

// Bind is a path of this machine that a container sees.
type Bind struct {
	Source, Target string
	Write          bool
}

// spec is the runtime configuration of a container, as an engine would make it
// of the image's config: its user, environment and directory, a network of
// its own with nothing but loopback.
func spec(root string, config Config, args []string, binds []Bind) (object, error) {
	user, err := account(root, config.Config.User)
	if err != nil {
		return nil, err
	}
	held := capabilities
	if user["uid"] != 0 {
		held = []string{} // a user other than root has them only by a file's capabilities
	}
	dir := config.Config.WorkingDir
	if dir == "" {
		dir = "/"
	}
	mount := func(target, kind, source string, options ...string) object {
		return object{"destination": target, "type": kind, "source": source, "options": options}
	}
	mounts := []object{
		mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
		mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
		mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
		mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
		mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
		mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
	}
	for _, b := range append([]Bind{{Source: "/etc/hosts", Target: "/etc/hosts"}}, binds...) {
		mode := "ro"
		if b.Write {
			mode = "rw"
		}
		mounts = append(mounts, mount(b.Target, "bind", b.Source, "rbind", "rprivate", mode))
	}
	return object{
		"ociVersion": "1.0.2",
		"process": object{
			"user": user, "args": args, "env": config.Config.Env, "cwd": dir,
			"capabilities": object{"bounding": capabilities, "effective": held, "permitted": held, "inheritable": []string{}},
			"rlimits":      []object{{"type": "RLIMIT_NOFILE", "hard": 4096, "soft": 4096}},
		},
		"root":     object{"path": root},
		"hostname": "corpus",
		"mounts":   mounts,
		"linux": object{"namespaces": []object{
			{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"},
		}},
	}, nil
}

// restrict takes from a container what Strict says.
func restrict(config object) {
	none := []string{}
	config["root"].(object)["readonly"] = true
	process := config["process"].(object)
	process["noNewPrivileges"] = true
	process["capabilities"] = object{"bounding": none, "effective": none, "permitted": none, "inheritable": none}
	config["mounts"] = append(config["mounts"].([]object), object{
		"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": []string{"nosuid", "nodev", "mode=1777"},
	})
	config["linux"] = object{"namespaces": []object{{"type": "pid"}, {"type": "ipc"}, {"type": "mount"}}}
	delete(config, "hostname") // it would be this machine's
}

// account resolves a config's User, "NAME|UID[:GROUP|GID]", in the image's own
// databases: passwd(5), group(5).
func account(root, user string) (object, error) {
	name, group, _ := strings.Cut(user, ":")
	if name == "" {
		name = "0"
	}
	uid, gid, found := 0, 0, false
	for _, f := range table(root, "etc/passwd", 7) {
		if f[0] == name || f[2] == name {
			uid, _ = strconv.Atoi(f[2])
			gid, _ = strconv.Atoi(f[3])
			name, found = f[0], true
			break
		}
	}
	if !found {
		var err error
		if uid, err = strconv.Atoi(name); err != nil {
			return nil, fmt.Errorf("unable to find user %s: no matching entries in passwd file", name)
		}
	}
	more := []int{}
	known := group == ""
	for _, f := range table(root, "etc/group", 4) {
		id, _ := strconv.Atoi(f[2])
		switch {
		case group != "" && (f[0] == group || f[2] == group):
			gid, known = id, true
		case group == "" && found && contains(strings.Split(f[3], ","), name):
			more = append(more, id)
		}
	}
	if !known {
		var err error
		if gid, err = strconv.Atoi(group); err != nil {
			return nil, fmt.Errorf("unable to find group %s: no matching entries in group file", group)
		}
	}
	return object{"uid": uid, "gid": gid, "additionalGids": more}, nil
}

// table reads a database of lines with as many fields between colons.
func table(root, name string, fields int) (lines [][]string) {
	raw, _ := os.ReadFile(filepath.Join(root, name))
	for _, line := range strings.Split(string(raw), "\n") {
		if f := strings.Split(line, ":"); len(f) == fields {
			lines = append(lines, f)
		}
	}
	return lines
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}
