// Package bench measures slimify against other ways to the same image, on the
// lab's images and registry, and writes docs/benchmarks.md. See README.md.
package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Cost is what a command took, with all that it started and waited for.
type Cost struct {
	Wall time.Duration
	CPU  time.Duration // user and system
	RSS  int64         // bytes: the largest resident set of any one process
}

// Traffic is what went over the wire to and from the registry.
type Traffic struct {
	Requests int64
	Down, Up int64 // bytes
}

// The binary of tests is also the programs that it measures with: "measure FILE
// COMMAND…" and "gunzip FILE…".
func helper(args []string) (known bool, err error) {
	if len(args) < 2 {
		return false, nil
	}
	switch args[0] {
	case "measure":
		return true, measure(args[1], args[2:])
	case "gunzip":
		return true, gunzip(args[1:])
	}
	return false, nil
}

// measure runs a command and writes its cost to a file as JSON. It is a process
// of its own, for the kernel counts the memory of a process against the command
// that it starts: a small one hides nothing.
func measure(file string, argv []string) error {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return err
	}
	cost := Cost{Wall: time.Since(began)}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &usage); err != nil {
		return err
	}
	cost.CPU = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	cost.RSS = usage.Maxrss << 10
	raw, err := json.Marshal(cost)
	if err != nil {
		return err
	}
	return os.WriteFile(file, raw, 0o644)
}

// gunzip decompresses files and drops what comes out.
func gunzip(files []string) error {
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if _, err := io.Copy(io.Discard, z); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// cold runs a command in a process, home, cache and temporary directory of its
// own, which are below dir.
func cold(dir string, env []string, argv ...string) (cost Cost, err error) {
	self, err := os.Executable()
	if err != nil {
		return cost, err
	}
	for name, sub := range map[string]string{"HOME": "home", "TMPDIR": "tmp", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config", "XDG_RUNTIME_DIR": "run"} {
		sub = filepath.Join(dir, sub)
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return cost, err
		}
		env = append(env, name+"="+sub)
	}
	file := filepath.Join(dir, "cost.json")
	cmd := exec.Command(self, append([]string{"measure", file}, argv...)...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return cost, fmt.Errorf("%q: %w\n%s", argv, err, out)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return cost, err
	}
	return cost, json.Unmarshal(raw, &cost)
}

// median returns the middle of the values, the lower of two.
func median[T int64 | float64 | time.Duration](values []T) T {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sorted[(len(sorted)-1)/2]
}
