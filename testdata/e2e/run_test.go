package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slimify/slimify/testdata/e2e/lab"
)

// verified is the part of slimify verify --run -o json on the only platform.
type verified struct {
	Platforms []struct {
		Status string
		Run    struct {
			Runtime, Status  string
			Exit             *int
			Imports, Scripts struct {
				Total  int
				Failed []struct{ Name, Reason string }
			}
		}
	}
}

// verifyRun runs slimify verify --run.
func verifyRun(t *testing.T, args ...string) (verified, lab.Result) {
	t.Helper()
	r := lab.Run(t, append([]string{"verify", "--run", "-o", "json"}, args...)...)
	var v verified
	if err := json.Unmarshal([]byte(r.Stdout), &v); err != nil || len(v.Platforms) != 1 {
		t.Fatalf("slimify verify %q: exit status %d, %v\n%s%s", args, r.Code, err, r.Stdout, r.Stderr)
	}
	return v, r
}

// What runs in FAT runs in SLIM, in a sandbox; in the naive copy it does not.
func TestRun(t *testing.T) {
	lab.Need(t)
	lab.Build(t, "../corpus/gunicorn-user", "corpus/gunicorn-user:fat")
	lab.Build(t, "native", "e2e/native:fat")
	for _, c := range []struct {
		fat, slim string
		command   []string // what the application does without a network
	}{
		{"seed/flask:3.11", "seed/flask-slim:3.11", []string{"flask", "--version"}},
		{"corpus/gunicorn-user:fat", "e2e/web:slim", []string{"python", "-c", "import os, socket; assert os.getuid() == 1234; socket.create_server(('localhost', 8000))"}},
		{"e2e/native:fat", "e2e/native:slim", []string{"python", "app.py"}},
	} {
		t.Run(c.fat, func(t *testing.T) {
			fat, dst := lab.Registry()+"/"+c.fat, lab.Registry()+"/"+c.slim
			lab.Slim(t, "-q", fat, dst)
			v, r := verifyRun(t, dst, "--against", fat)
			if p := v.Platforms[0].Run; r.Code != 0 || p.Status != "pass" || p.Imports.Total == 0 {
				t.Errorf("exit status %d, %+v\n%s", r.Code, p, r.Stderr)
			}
			v, r = verifyRun(t, append([]string{dst, "--"}, c.command...)...)
			if p := v.Platforms[0].Run; r.Code != 0 || p.Exit == nil || *p.Exit != 0 {
				t.Errorf("%q: exit status %d, %+v\n%s", c.command, r.Code, p, r.Stderr)
			}
		})
	}
	t.Run("control", func(t *testing.T) {
		fat := lab.Registry() + "/seed/flask:3.11"
		v, r := verifyRun(t, fat+"-twostage", "--against", fat)
		scripts := v.Platforms[0].Run.Scripts
		if r.Code != 3 || len(scripts.Failed) != 1 || scripts.Failed[0].Name != "/usr/local/bin/flask" {
			t.Errorf("the two-stage image has lost flask: exit status %d, %+v\n%s", r.Code, scripts, r.Stderr)
		}
		if v, r = verifyRun(t, fat+"-twostage", "--", "flask", "--version"); r.Code != 3 || *v.Platforms[0].Run.Exit == 0 {
			t.Errorf("flask --version in the two-stage image: exit status %d, %+v", r.Code, v.Platforms[0].Run)
		}
	})
	t.Run("ordinary user", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("it is one already")
		}
		// A home of his own, with the program and an empty directory for spooled blobs.
		dir, err := os.MkdirTemp("", "slimify-user-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		lab.Tool(t, "install", "-m", "755", lab.Program(), dir)
		program, spool := filepath.Join(dir, "slimify"), filepath.Join(dir, "spool")
		lab.Tool(t, "mkdir", spool)
		lab.Tool(t, "chown", "65534:65534", dir, spool)
		cmd := exec.Command("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program,
			"verify", "--run", "--progress", "none", "--tmpdir", spool, lab.Registry()+"/e2e/web:slim", "--", "id", "-u")
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), "1234\n") {
			t.Errorf("%v\n%s", err, out)
		}
		if left, err := os.ReadDir(spool); err != nil || len(left) != 0 {
			t.Errorf("files are left: %v (%v)", left, err)
		}
	})
}
