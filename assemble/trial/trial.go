package trial

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/cleanup"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/internal/python/parity"
	"github.com/slimify/slimify/internal/sandbox"
	"github.com/slimify/slimify/layers"
)

// session is a trial of one platform under way.
type session struct {
	Options
	reader *image.Reader
	rep    *report.Trial
	left   time.Duration // until Timeout, for all programs together
}

// unpackable is an image with the tree of all its layers.
type unpackable struct {
	*image.Image
	tree *layers.Tree
}

// readAll reads all layers of an image, for unpacking.
func (s *session) readAll(ctx context.Context, img *image.Image) (*unpackable, error) {
	stack, err := s.reader.Stack(ctx, img, 0, nil, true)
	if err != nil {
		return nil, err
	}
	return &unpackable{img, stack.Upper}, nil
}

// Run runs programs of one image: a command, or everything that is installed. fat is the
// image to compare with, or nil.
func Run(ctx context.Context, r *image.Reader, img, fat *image.Image, o Options) (*report.Trial, error) {
	o.Memory = cmp.Or(o.Memory, DefaultMemory)
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	rep := &report.Trial{Status: report.Passed, Command: []string{}, Imports: report.NewTrialResult(), Scripts: report.NewTrialResult()}
	s := &session{o, r, rep, o.Timeout}
	slim, err := s.readAll(ctx, img)
	if err != nil {
		return nil, err
	}
	if len(o.Command) > 0 {
		return rep, s.runCommand(ctx, slim)
	}
	if fat == nil {
		err = s.tryAlone(ctx, slim)
	} else {
		err = s.tryAgainst(ctx, slim, fat)
	}
	if len(rep.Imports.Failed)+len(rep.Scripts.Failed) > 0 {
		rep.Status = report.Failed
	}
	return rep, err
}

// runCommand runs the user's command, whose exit status decides.
func (s *session) runCommand(ctx context.Context, img *unpackable) (err error) {
	c, err := s.newContainer(ctx, img)
	if err != nil {
		return err
	}
	defer func() { err = cleanup.Close(err, c) }()
	defer s.reader.Step("running a command in", img.Ref)()
	spec := s.spec(c, s.Command)
	spec.Stdout, spec.Stderr = s.Output, s.Output
	res, err := s.run(ctx, c, spec)
	if err != nil {
		return err
	}
	s.rep.Runtime, s.rep.Command, s.rep.Exit, s.rep.TimedOut = c.runtime.Name(), s.Command, &res.Exit, res.TimedOut
	if res.Exit != 0 || res.TimedOut {
		s.rep.Status = report.Failed
	}
	return nil
}

// spec is how the image's config says that a program runs.
func (s *session) spec(c *container, args []string) sandbox.Spec {
	env := slices.Clone(c.img.Config.Config.Env)
	for name, value := range map[string]string{"PATH": imageconfig.RuntimePath, "HOME": c.user.home, "HOSTNAME": sandbox.Hostname} {
		if !slices.ContainsFunc(env, func(kv string) bool { return strings.HasPrefix(kv, name+"=") }) {
			env = append(env, name+"="+value)
		}
	}
	return sandbox.Spec{
		Root: c.rootDir(), Args: args, Env: env, Dir: c.workdir(), UID: c.user.uid, GID: c.user.gid, Memory: s.Memory, Timeout: s.left,
	}
}

// run runs a program and subtracts its time from what is left.
func (s *session) run(ctx context.Context, c *container, spec sandbox.Spec) (sandbox.Result, error) {
	begin := time.Now()
	res, err := c.runtime.Run(ctx, spec)
	s.left = max(s.left-time.Since(begin), time.Millisecond)
	if err != nil {
		return res, fmt.Errorf("running %s in %s: %w", spec.Args[0], c.img.Ref, err)
	}
	return res, nil
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
	text := strings.TrimSpace(t.buf.String())
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// resultOf is the part of the report for a kind of items.
func resultOf(rep *report.Trial, kind string) *report.TrialResult {
	if kind == parity.Script {
		return &rep.Scripts
	}
	return &rep.Imports
}

// count adds an item.
func count(t *report.TrialResult, v parity.Verdict, interpreter string, item parity.Item, reason string) {
	t.Total++
	f := report.TrialFailure{Interpreter: interpreter, Distribution: item.Distribution, Name: item.Name, Reason: reason}
	if item.Path != "" {
		f.Name = path.Clean(item.Path)
	}
	f.Reason = strings.ToValidUTF8(f.Reason, "?")
	switch v {
	case parity.Failed:
		t.Failed = append(t.Failed, f)
	case parity.Unclear:
		t.Notes = append(t.Notes, f)
	}
}
