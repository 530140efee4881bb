package assemble

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/internal/sandbox"
	"github.com/slimify/slimify/layers"
)

// RunOptions are what running programs of an image may be told.
type RunOptions struct {
	// Command is run in the image; empty means that what its interpreters have
	// installed is tried.
	Command []string
	// Output gets what the command prints; nil means nobody reads it.
	Output io.Writer
	// Runtime is the sandbox to use (see [Runtimes]); "" means the first that works.
	Runtime string
	// Memory bounds the private memory of each process in bytes; 0 means
	// [DefaultMemory].
	Memory int64
	// Timeout bounds the time for which programs of a platform run; 0 means
	// [DefaultTimeout].
	Timeout time.Duration
	// Reexec says that the program which calls this calls [SandboxMain] first of
	// all in its main function. Two of the runtimes need that.
	Reexec bool

	left time.Duration // of Timeout
}

// What [RunOptions] mean where they say nothing.
const (
	DefaultMemory  = 4 << 30
	DefaultTimeout = 10 * time.Minute
)

// Runtimes lists the sandboxes, in the order in which they are tried.
func Runtimes() []string { return sandbox.Names() }

// SandboxMain makes a program part of a sandbox if it was started for that, and
// returns at once if not. See [RunOptions].
func SandboxMain() { sandbox.Main() }

// RunReport tells what came of running programs. No list is nil.
type RunReport struct {
	Runtime string   `json:"runtime"`
	Status  string   `json:"status"`  // "pass" or "fail"
	Command []string `json:"command"` // empty if what is installed was tried
	// Exit is the command's status, or 128 and the signal that ended it; nil
	// without a command.
	Exit     *int        `json:"exit"`
	TimedOut bool        `json:"timed_out"`
	Imports  TrialReport `json:"imports"`
	Scripts  TrialReport `json:"scripts"`
}

// TrialReport tells of the modules that were imported, or the scripts started.
type TrialReport struct {
	Total  int            `json:"total"`
	Failed []TrialFinding `json:"failed"`
	// Told are those that do not work and fail nothing: they do not work in the
	// image to compare with either, or may want what nobody installed.
	Told []TrialFinding `json:"told"`
}

// TrialFinding is what does not work.
type TrialFinding struct {
	Interpreter  string `json:"interpreter"` // absolute
	Distribution string `json:"distribution"`
	Name         string `json:"name"` // of the module, or the script's path
	Reason       string `json:"reason"`
}

// TimeoutError is a check that took longer than it may.
type TimeoutError struct {
	Ref   string
	After time.Duration
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("running programs of %s was not done after %v", e.Ref, e.After)
}

// NothingToRunError is an image without an interpreter to try things with.
type NothingToRunError struct{ Ref string }

func (e *NothingToRunError) Error() string {
	return fmt.Sprintf("%s has no Python on its PATH and no virtual environment: there is nothing to try", e.Ref)
}

// unpackable is an image with the tree of all its layers.
type unpackable struct {
	*image
	tree *layers.Tree
}

// whole reads all layers of an image, for unpacking.
func (r *run) whole(ctx context.Context, img *image) (*unpackable, error) {
	s, err := r.stack(ctx, img, 0, nil, true)
	if err != nil {
		return nil, err
	}
	return &unpackable{img, s.Upper}, nil
}

// runPlatform runs programs of one image: a command, or what is installed. fat is
// nil if there is no image to compare with.
func (r *run) runPlatform(ctx context.Context, img, fat *image, o RunOptions) (*RunReport, error) {
	if o.Memory == 0 {
		o.Memory = DefaultMemory
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	o.left = o.Timeout
	rep := &RunReport{Status: passed, Command: []string{}, Imports: newTrialReport(), Scripts: newTrialReport()}
	slim, err := r.whole(ctx, img)
	if err != nil {
		return nil, err
	}
	if len(o.Command) > 0 {
		return rep, r.runCommand(ctx, slim, &o, rep)
	}
	if fat == nil {
		err = r.tryAlone(ctx, slim, &o, rep)
	} else {
		err = r.tryAgainst(ctx, slim, fat, &o, rep)
	}
	if len(rep.Imports.Failed)+len(rep.Scripts.Failed) > 0 {
		rep.Status = failed
	}
	return rep, err
}

func newTrialReport() TrialReport {
	return TrialReport{Failed: []TrialFinding{}, Told: []TrialFinding{}}
}

// runCommand runs the user's command, whose exit status decides.
func (r *run) runCommand(ctx context.Context, img *unpackable, o *RunOptions, rep *RunReport) (err error) {
	b, err := r.newBox(ctx, img.image, img.tree, o)
	if err != nil {
		return err
	}
	defer func() { err = closeAll(err, b) }()
	defer r.step("running a command in", img.ref)()
	spec := b.spec(o.Command, o)
	spec.Stdout, spec.Stderr = o.Output, o.Output
	res, err := b.run(ctx, spec, o)
	if err != nil {
		return err
	}
	rep.Runtime, rep.Command, rep.Exit, rep.TimedOut = b.runtime.Name(), o.Command, &res.Exit, res.TimedOut
	if res.Exit != 0 || res.TimedOut {
		rep.Status = failed
	}
	return nil
}

// interpreters lists the Python interpreters of which the image's distributions
// are a matter: the one that PATH finds first, those that the user's layers have
// on PATH, and those of environments. Paths are absolute; of several names in one
// directory one is enough.
func interpreters(img *unpackable, boundary int) []string {
	var out []string
	seen := make(map[*layers.Node]bool)
	add := func(name string, always bool) {
		bin, err := img.tree.Resolve(path.Dir(name))
		if err != nil || seen[bin] {
			return
		}
		if n, err := img.tree.Resolve(name); err == nil && n.Kind == layers.File && n.Mode&0o111 != 0 && (always || n.Pos.Layer >= boundary) {
			seen[bin] = true
			out = append(out, "/"+name)
		}
	}
	names := []string{"python3", "python"}
	for _, name := range names {
		for _, p := range imageconfig.ProgramPaths(&img.config.Config, name) {
			add(p, len(out) == 0)
		}
	}
	img.tree.Walk(func(n *layers.Node) bool {
		for _, mark := range []string{"pyvenv.cfg", "conda-meta"} {
			if n.Kind == layers.Dir && n.Child(mark) != nil {
				for _, name := range names {
					add(n.Path()+"/bin/"+name, true)
				}
			}
		}
		return true
	})
	return out
}

// tail keeps the end of what is written to it.
type tail struct {
	buf   bytes.Buffer
	limit int
}

func (t *tail) Write(p []byte) (int, error) {
	t.buf.Write(p)
	if over := t.buf.Len() - t.limit; over > 0 {
		t.buf.Next(over)
	}
	return len(p), nil
}

// lastLine is the last line that was written.
func (t *tail) lastLine() string {
	said := strings.TrimSpace(t.buf.String())
	return said[strings.LastIndexByte(said, '\n')+1:]
}
