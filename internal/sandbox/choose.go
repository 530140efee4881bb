package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/slimify/slimify/internal/unpack"
)

// Self is the program that runs now, as a [Options.Helper].
const Self = "/proc/self/exe"

// Options say which runtime is wanted, and for what.
type Options struct {
	// Name is the runtime to use; "" means the first that works.
	Name string
	// Machine is the architecture of the programs, as an image's config names
	// it. It need not be this machine's if the kernel can run it (binfmt_misc).
	Machine string
	// UID and GID are the IDs of programs inside. Not every runtime supports
	// every ID.
	UID, GID int
	// Helper is a program that calls [Main] first of all, and becomes a sandbox's first
	// process or bounds memory when it is started for that; "" if there is none.
	Helper string
	// TempDir takes what the test of a candidate needs. Roots should be below it.
	TempDir string
}

// candidate is a runtime that may be installed.
type candidate struct {
	name string
	find func(Options) (starter, error)
}

// Names lists the candidates in the order in which they are tried.
func Names() []string {
	var names []string
	for _, c := range candidates() {
		names = append(names, c.name)
	}
	return names
}

// probeTime is the time limit for a program that does nothing.
const probeTime = 20 * time.Second

// Choose returns the first candidate that works on this machine. It tests each
// by running a program that does nothing. The error is an [*UnavailableError],
// an [*UnknownError] or an [*UnreachableError].
func Choose(ctx context.Context, opts Options) (*Runtime, error) {
	none := &UnavailableError{}
	if opts.Machine != runtime.GOARCH {
		none.Machine = opts.Machine
	}
	known := false
	for _, c := range candidates() {
		if opts.Name != "" && opts.Name != c.name {
			continue
		}
		known = true
		start, err := c.find(opts)
		if err == nil {
			if err := reachable(opts.TempDir); err != nil {
				return nil, err // it would fail with every runtime
			}
			r := &Runtime{c.name, start}
			if err = r.probe(ctx, opts); err == nil {
				return r, nil
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		none.Reasons = append(none.Reasons, Reason{c.name, err})
	}
	if !known && opts.Name != "" {
		return nil, &UnknownError{opts.Name, Names()}
	}
	return nil, none
}

// probe runs a program that does nothing.
func (r *Runtime) probe(ctx context.Context, opts Options) (err error) {
	program, ok := idle(opts.Machine)
	if !ok {
		return fmt.Errorf("unknown architecture %q", opts.Machine)
	}
	dir, err := os.MkdirTemp(opts.TempDir, "probe-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unpack.Remove(dir)) }()
	root := filepath.Join(dir, "root")
	if err := errors.Join(os.Mkdir(root, 0o755), os.WriteFile(filepath.Join(root, "true"), program, 0o755)); err != nil {
		return err
	}
	for _, name := range []string{dir, root, filepath.Join(root, "true")} {
		if err := chown(name); err != nil {
			return err
		}
	}
	var said bytes.Buffer
	res, err := r.Run(ctx, Spec{
		Root: root, Args: []string{"/true"}, Dir: "/", UID: opts.UID, GID: opts.GID,
		Stdout: &said, Stderr: &said, Memory: 1 << 30, Timeout: probeTime,
	})
	switch {
	case err != nil:
		return err
	case res.TimedOut:
		return fmt.Errorf("a program that does nothing did not end in %v", probeTime)
	case res.Exit != 0:
		return fmt.Errorf("a program that does nothing ended with status %d%s", res.Exit, lastLine(said.String()))
	}
	return nil
}

// reachable checks, as root, that the user nobody can reach a directory.
func reachable(dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	at, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	for ; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			return err
		}
		if info.Mode()&0o001 == 0 {
			return &UnreachableError{dir, at}
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

// lastLine is the last line of a runtime's output, for the end of a message.
func lastLine(s string) string {
	s = strings.TrimSpace(s)
	s = s[strings.LastIndexByte(s, '\n')+1:]
	if s == "" {
		return ""
	}
	return ": " + s
}
