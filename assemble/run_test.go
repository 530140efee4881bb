package assemble_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/assemble/trial"
	"github.com/slimify/slimify/internal/sandbox"
	lt "github.com/slimify/slimify/layers/layertest"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// runner runs programs of images and looks that nothing is left of them.
type runner struct {
	t       *testing.T
	program string // of testdata/program
	tmp     string
}

// newRunner skips the test where no sandbox works.
func newRunner(t *testing.T) *runner {
	t.Helper()
	tmp, err := os.MkdirTemp("", "run-") // root's nobody must reach it, so it is not T.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	if err := os.Chmod(tmp, 0o711); err != nil {
		t.Fatal(err)
	}
	var none *sandbox.UnavailableError
	if _, err := sandbox.Choose(t.Context(), sandbox.Options{Machine: runtime.GOARCH, UID: 1000, GID: 1000, Helper: sandbox.Self, TempDir: tmp}); errors.As(err, &none) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "program")
	cmd := exec.Command("go", "build", "-o", path, "./testdata/program")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return &runner{t, string(program), tmp}
}

// image writes an image with the program under some names.
func (r *runner) image(config string, names []string, entries ...lt.Entry) reference.Ref {
	r.t.Helper()
	for i, name := range names {
		if i == 0 {
			entries = append(entries, lt.Script(name, r.program))
		} else {
			entries = append(entries, lt.Hardlink(name, names[0]))
		}
	}
	return write(r.t, newImage(r.t, fmt.Sprintf(`{"architecture": %q, "os": "linux", "config": {%s}}`, runtime.GOARCH, config), entries))
}

// run returns the report of the only platform.
func (r *runner) run(img, against reference.Ref, o trial.Options) (*report.Trial, error) {
	r.t.Helper()
	o.Helper = sandbox.Self
	v, err := assemble.Verify(r.t.Context(), img, against, assemble.VerifyOptions{Access: image.Access{Session: reference.Options{TempDir: r.tmp}}, Run: &o})
	if left, _ := os.ReadDir(r.tmp); len(left) > 0 {
		r.t.Errorf("temporary files are left: %v", left)
	}
	if err != nil {
		return nil, err
	}
	return v.Platforms[0].Run, nil
}

// A command runs as the image's config says, and its status decides.
func TestRunCommand(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	accounts := []lt.Entry{
		lt.File("etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1234:1235:app:/home/app:/bin/sh\n"), lt.File("etc/group", "wheel:x:77:\n"),
		lt.Dir("var").Chmod(0o555),
	}
	for _, c := range []struct {
		config, status string
		exit           int
		says           string
	}{
		{`"Env": ["PATH=/opt", "GREETING=hello world"]`, "0", 0, "0 0 / /root hello world\n"},
		{`"Env": ["PATH=/opt", "HOME=/elsewhere"], "User": "app", "WorkingDir": "/srv/made"`, "3", 3, "1234 1235 /srv/made /elsewhere \n"},
		{`"Env": ["PATH=/opt"], "User": "1234:wheel"`, "0", 0, "1234 77 / /home/app \n"},
		{`"Env": ["PATH=/opt"], "User": "4321"`, "0", 0, "4321 0 / / \n"},
	} {
		var out bytes.Buffer
		rep, err := r.run(r.image(c.config, []string{"opt/tell"}, accounts...), reference.Ref{}, trial.Options{Command: []string{"tell", c.status}, Output: &out})
		if err != nil {
			t.Fatalf("%s: %v", c.config, err)
		}
		if *rep.Exit != c.exit || (rep.Status == "pass") != (c.exit == 0) || out.String() != c.says {
			t.Errorf("%s: %+v, exit status %d, output %q, want %q", c.config, rep, *rep.Exit, out.String(), c.says)
		}
	}
	var unknown *trial.NoUserError
	if _, err := r.run(r.image(`"User": "stranger"`, []string{"opt/tell"}), reference.Ref{}, trial.Options{Command: []string{"tell", "0"}}); !errors.As(err, &unknown) {
		t.Errorf("error is %v", err)
	}
}

// outcomes is what the image's python3 says.
func outcomes(lines ...string) lt.Entry {
	return lt.File("outcomes", strings.Join(append(lines, fmt.Sprintf(`{"done": %d}`, len(lines))), "\n"))
}

const (
	fine     = `{"kind": "import", "distribution": "a", "name": "fine", "state": "ok"}`
	lost     = `{"kind": "import", "distribution": "a", "name": "lost", "state": "exit", "status": 1, "missing": "library", "detail": "libpq.so.5"}`
	found    = `{"kind": "import", "distribution": "a", "name": "lost", "state": "ok"}`
	optional = `{"kind": "import", "distribution": "b", "name": "optional", "state": "exit", "status": 1, "missing": "module", "detail": "No module"}`
	tool     = `{"kind": "script", "distribution": "b", "name": "tool", "path": "/bin/tool", "state": "exit", "status": 2, "detail": "usage"}`
	gone     = `{"kind": "script", "distribution": "b", "name": "tool", "path": "/bin/tool", "state": "absent", "detail": "No such file"}`
)

func TestTry(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	python := []string{"usr/bin/python3"}
	const config = `"Env": ["PATH=/usr/bin"]`
	fat := r.image(config, python, outcomes(fine, found, optional, tool))
	for _, c := range []struct {
		name             string
		img, against     reference.Ref
		imports, scripts string // total, failed, notes
	}{
		{"alone", r.image(config, python, outcomes(fine, lost, optional, tool)), reference.Ref{}, "3 [lost] [optional]", "1 [] []"},
		{"as there", r.image(config, python, outcomes(fine, found, tool)), fat, "3 [] [optional]", "1 [] []"},
		{"worse than there", r.image(config, python, outcomes(fine, lost, gone)), fat, "3 [lost] [optional]", "1 [/bin/tool] []"},
		{"no interpreter any more", r.image(config, []string{"bin/sh"}), fat, "3 [fine lost] [optional]", "1 [/bin/tool] []"},
		{"an interpreter that fails", r.image(config, python), fat, "3 [fine lost] [optional]", "1 [/bin/tool] []"},
		{"an interpreter that fails, alone", r.image(config, python), reference.Ref{}, "1 [] []", "0 [] []"},
		{"an environment's interpreter", r.image(config, []string{"opt/venv/bin/python3"}, lt.File("opt/venv/pyvenv.cfg", ""), outcomes(fine)), reference.Ref{}, "1 [] []", "0 [] []"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rep, err := r.run(c.img, c.against, trial.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{c.imports, c.scripts}, []string{summary(rep.Imports), summary(rep.Scripts)}); diff != "" {
				t.Error(diff)
			}
			bad := len(rep.Imports.Failed)+len(rep.Scripts.Failed) > 0
			if (rep.Status == "fail") != bad {
				t.Errorf("status is %s", rep.Status)
			}
		})
	}
	var nothing *trial.NothingToRunError
	if _, err := r.run(r.image(config, []string{"bin/sh"}), reference.Ref{}, trial.Options{}); !errors.As(err, &nothing) {
		t.Errorf("error is %v", err)
	}
}

// summary is a trial on one line: total, what failed, the notes.
func summary(rep report.TrialResult) string {
	names := func(list []report.TrialFailure) []string {
		out := []string{}
		for _, f := range list {
			if f.Name != "" {
				out = append(out, f.Name)
			}
		}
		return out
	}
	return fmt.Sprint(rep.Total, names(rep.Failed), names(rep.Notes))
}
