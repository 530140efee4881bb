package deploy

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// action is the part of action.yml that the tests need.
type action struct {
	Inputs map[string]struct {
		Required bool
		Default  string
	}
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Using string
		Steps []step
	}
}

type step struct {
	ID, Name, Shell, Run string
	Env                  map[string]string
}

func readAction(t *testing.T) action {
	t.Helper()
	return readYAML[action](t, readFile(t, "../action.yml"))[0]
}

// runner acts as GitHub's: it evaluates expressions and runs the steps with their shell and files.
type runner struct {
	dir     string
	with    map[string]string
	context map[string]string // github.…
}

var expression = regexp.MustCompile(`\$\{\{ *([a-z_.-]+) *\}\}`)

// result is what a job gets from the action.
type result struct {
	outcome
	set     map[string]string // outputs of the last step
	outputs map[string]string // those of the action; none if a step failed
	summary string
}

func (r runner) run(t *testing.T, a action, steps ...string) result {
	t.Helper()
	for _, program := range []string{"bash", "jq", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("this machine lacks a program of GitHub's runners: %v", err)
		}
	}
	values := maps.Clone(r.context)
	for name, input := range a.Inputs {
		values["inputs."+name] = input.Default
	}
	for name, value := range r.with {
		if _, ok := a.Inputs[name]; !ok {
			t.Fatalf("action.yml has no input %s", name)
		}
		values["inputs."+name] = value
	}
	expand := func(text string) string {
		return expression.ReplaceAllStringFunc(text, func(m string) string {
			name := expression.FindStringSubmatch(m)[1]
			value, ok := values[name]
			if !ok {
				t.Fatalf("nothing defines %s", name)
			}
			return value
		})
	}
	file := func(name string) string {
		path := filepath.Join(r.dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var res result
	summary := file("summary")
	paths := ""
	for _, s := range a.Runs.Steps {
		if len(steps) > 0 && !slices.Contains(steps, s.Name) {
			continue
		}
		env := map[string]string{
			"RUNNER_TEMP": r.dir, "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64", "GITHUB_STEP_SUMMARY": summary,
			"GITHUB_OUTPUT": file("output"), "GITHUB_PATH": file("path"),
			"PATH": paths + os.Getenv("PATH"),
		}
		for name, value := range s.Env {
			env[name] = expand(value)
		}
		script := filepath.Join(r.dir, "step.sh")
		if err := os.WriteFile(script, []byte(s.Run), 0o600); err != nil {
			t.Fatal(err)
		}
		res.outcome = command{r.dir, env, []string{s.Shell, "--noprofile", "--norc", "-eo", "pipefail", script}}.run(t)
		res.set = assignments(t, readFile(t, env["GITHUB_OUTPUT"]))
		for name, value := range res.set {
			values["steps."+s.ID+".outputs."+name] = value
		}
		if added := strings.TrimSpace(readFile(t, env["GITHUB_PATH"])); added != "" {
			paths = added + string(os.PathListSeparator) + paths
		}
		res.summary = readFile(t, summary)
		if res.status != 0 {
			return res
		}
	}
	res.outputs = make(map[string]string)
	if len(steps) == 0 || slices.Contains(steps, "Slim the image") {
		for name, out := range a.Outputs {
			res.outputs[name] = expand(out.Value)
		}
	}
	return res
}

// newRunner is a runner of a job that uses the action from this checkout.
func newRunner(t *testing.T, with map[string]string) runner {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return runner{t.TempDir(), with, map[string]string{"github.action_path": root, "github.action_ref": ""}}
}

func TestAction(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	res := newRunner(t, map[string]string{
		"source": h.host + "/app:1", "result": h.host + "/app:slim", "base": h.base(), "tags": h.host + "/app:latest\n",
		"keep": "\n  /app/**\n\n", "drop": "dist:nothing-else\n/usr/share/nothing/*", "min-saving": "10%",
	}).run(t, readAction(t), "Slim the image")
	if res.status != 2 || !strings.Contains(res.stderr, "nothing-else") {
		t.Fatalf("dropping a missing path: status %d\n%s", res.status, res.stderr)
	}
	r := newRunner(t, map[string]string{
		"source": h.host + "/app:1", "result": h.host + "/app:slim", "base": h.base(), "tags": h.host + "/app:latest\n",
		"keep": "\n  /app/**\n\n", "min-saving": "10%", "args": "--compression=zstd\n--if-larger=copy\n",
	})
	checkOut(t, r.dir)
	res = r.run(t, readAction(t), "Slim the image")
	res.ok(t)
	wantImage(t, h, "app:slim", res.outputs["image"])
	if digest := h.digest(t, "app:latest"); digest != res.outputs["digest"] || digest == "" {
		t.Errorf("the digest is %q, and the tag's %q", res.outputs["digest"], digest)
	}
	before, berr := strconv.Atoi(res.outputs["bytes-before"])
	after, aerr := strconv.Atoi(res.outputs["bytes-after"])
	if berr != nil || aerr != nil || after <= 0 || after >= before {
		t.Errorf("bytes before %q, after %q", res.outputs["bytes-before"], res.outputs["bytes-after"])
	}
	if report := readFile(t, res.outputs["report"]); report == "" || report != res.summary {
		t.Errorf("the step summary is not the report:\n%s", res.summary)
	}
	if doc := readFile(t, res.outputs["metadata"]); !strings.Contains(doc, `"schema": "slimify/v1"`) {
		t.Errorf("the metadata is not a report:\n%s", doc)
	}
}

// If a gate fails, the step fails and the summary has the reason.
func TestActionGate(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	res := newRunner(t, map[string]string{
		"source": h.host + "/app:1", "result": h.host + "/app:slim", "base": h.base(), "max-size": "1kB",
	}).run(t, readAction(t), "Slim the image")
	if res.status != 3 || h.digest(t, "app:slim") != "" {
		t.Errorf("exit status %d, the result is %q", res.status, h.digest(t, "app:slim"))
	}
	if !strings.HasPrefix(res.summary, "### slimify: not written") || !strings.Contains(res.summary, "more than the 1000 allowed") {
		t.Errorf("the step summary is %q", res.summary)
	}
	if set := slices.Sorted(maps.Keys(res.set)); !slices.Equal(set, []string{"metadata", "report"}) {
		t.Errorf("the step sets the outputs %q", set)
	}
}

// An input is never read as shell, nor as a flag or another output.
func TestActionHostileInputs(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	for _, test := range []struct {
		name, input, value string
		status             int
	}{
		{"command substitution", "source", h.host + "/$(touch pwned)", 2},
		{"end of command", "result", "x; touch pwned", 2},
		{"quotes", "keep", `"; touch pwned; "`, 2},
		{"a flag as image", "source", "--help=true", 2},
		{"second output", "result", "oci:out\nimage=evil", 2},
		{"not a boolean", "strict", "yes; touch pwned", 2},
		{"a gate", "min-saving", "99.9%", 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			with := map[string]string{"source": h.host + "/app:1", "result": h.host + "/hostile:slim", "base": h.base()}
			with[test.input] = test.value
			r := newRunner(t, with)
			res := r.run(t, readAction(t), "Slim the image")
			if res.status != test.status {
				t.Errorf("exit status %d, want %d\n%s", res.status, test.status, res.stderr)
			}
			if _, err := os.Stat(filepath.Join(r.dir, "pwned")); err == nil {
				t.Error("the input was run")
			}
			if h.digest(t, "hostile:slim") != "" || res.outputs["image"] != "" {
				t.Error("there is a result")
			}
		})
	}
}

// Expressions are used only in env: in run they would become text of a command.
// Every input reaches a step.
func TestActionInputs(t *testing.T) {
	t.Parallel()
	a := readAction(t)
	used := make(map[string]bool)
	for _, s := range a.Runs.Steps {
		if strings.Contains(s.Run, "${{") {
			t.Errorf("step %q has an expression in its command", s.Name)
		}
		for _, value := range s.Env {
			for _, m := range expression.FindAllStringSubmatch(value, -1) {
				used[m[1]] = true
			}
		}
	}
	for name := range a.Inputs {
		if !used["inputs."+name] {
			t.Errorf("no step reads the input %s", name)
		}
	}
	if len(a.Inputs) == 0 || a.Runs.Using != "composite" {
		t.Error("action.yml is not a composite action with inputs: the test checks nothing")
	}
}

const archive = "slimify_1.2.3_linux_amd64.tar.gz"

// release creates a directory like the pages of releases, with a program that prints its version. checksum "" is the
// correct one; listed is the name in the list of checksums.
func release(t *testing.T, checksum, listed string) string {
	t.Helper()
	var blob bytes.Buffer
	z := gzip.NewWriter(&blob)
	w := tar.NewWriter(z)
	program := "#!/bin/sh\necho slimify 1.2.3\n"
	for name, content := range map[string]string{"slimify": program, "LICENSE": "licence"} {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if checksum == "" {
		checksum = fmt.Sprintf("%x", sha256.Sum256(blob.Bytes()))
	}
	dir := t.TempDir()
	page := filepath.Join(dir, "v1.2.3")
	if err := os.Mkdir(page, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		archive: blob.Bytes(), "checksums.txt": []byte("00  other.tar.gz\n" + checksum + "  " + listed + "\n"),
	} {
		if err := os.WriteFile(filepath.Join(page, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return "file://" + dir
}

func TestInstallRelease(t *testing.T) {
	t.Parallel()
	good := release(t, "", archive)
	for _, test := range []struct {
		name, version, ref string
		releases           string
		want, complaint    string
	}{
		{"the tag of the action", "", "v1.2.3", good, "slimify 1.2.3", ""},
		{"a version", "v1.2.3", "main", good, "slimify 1.2.3", ""},
		{"another content", "1.2.3", "", release(t, strings.Repeat("0", 64), archive), "", "has the checksum"},
		{"no checksum", "1.2.3", "", release(t, "", archive+".sig"), "", "do not name"},
		{"no such release", "9.9.9", "", good, "", "failed"},
		{"no version", "1.2.3/../x", "", good, "", "is none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t, map[string]string{"version": test.version, "releases": test.releases})
			r.context["github.action_ref"] = test.ref
			res := r.run(t, readAction(t), "Install slimify")
			path := readFile(t, r.dir, "path")
			if test.complaint != "" {
				if res.status == 0 || !strings.Contains(res.stderr, test.complaint) || path != "" {
					t.Errorf("status %d, PATH %q, want a complaint with %q\n%s", res.status, path, test.complaint, res.stderr)
				}
				return
			}
			res.ok(t)
			if !strings.Contains(res.stdout, test.want) || !strings.HasPrefix(path, r.dir) {
				t.Errorf("it said %q, and PATH gained %q", res.stdout, path)
			}
		})
	}
}

// Without a release's tag the action builds its own code, here a small program
// that builds faster.
func TestInstallSource(t *testing.T) {
	t.Parallel()
	src := t.TempDir()
	if err := os.MkdirAll(filepath.Join(src, "cmd/slimify"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"go.mod":              "module example.com/slimify\n\ngo 1.24\n",
		"cmd/slimify/main.go": "package main\n\nimport \"os\"\n\nfunc main() { os.Stdout.WriteString(\"slimify of \" + os.Args[1] + \"\\n\") }\n",
	} {
		if err := os.WriteFile(filepath.Join(src, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	scripts, err := filepath.Abs("github")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(src, "deploy"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(scripts, filepath.Join(src, "deploy/github")); err != nil {
		t.Fatal(err)
	}
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"", "main", "v1", "0123456789012345678901234567890123456789"} {
		r := newRunner(t, nil)
		r.context["github.action_path"], r.context["github.action_ref"] = src, ref
		a := readAction(t)
		a.Runs.Steps[0].Env["GOCACHE"] = strings.TrimSpace(string(cache))
		if res := r.run(t, a, "Install slimify").ok(t); !strings.Contains(res.stdout, "slimify of version") {
			t.Errorf("at %q it said %q", ref, res.stdout)
		}
	}
}
