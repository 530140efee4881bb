package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The files in deploy are valid by the services' own schemas and code. deploy's
// tests run them.

const (
	actionlint      = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
	checkJSONSchema = "check-jsonschema==0.39.0" // of PyPI; it carries GitHub's and GitLab's schemas
)

// files are a repository's, by name.
type files map[string]string

func (f files) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range f {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func contents(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// checks runs a program on valid and on invalid files: it must accept the
// former and refuse the latter.
func checks(t *testing.T, good, bad files, program string, args ...string) {
	t.Helper()
	run := func(f files) (string, error) {
		cmd := exec.Command(program, args...)
		cmd.Dir = f.write(t)
		if err := exec.Command("git", "init", "-q", cmd.Dir).Run(); err != nil { // actionlint looks for the repository
			t.Fatal(err)
		}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run(good); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := run(bad); err == nil {
		t.Errorf("it finds nothing wrong in what is: the test proves nothing\n%s", out)
	}
}

func TestKubernetesManifests(t *testing.T) {
	program := filepath.Join(t.TempDir(), "manifests")
	if out, err := exec.Command("go", "list", "-C", "manifests", "-deps", ".").CombinedOutput(); err != nil {
		t.Skipf("what checks manifests cannot be downloaded here: %v\n%s", err, out)
	}
	if out, err := exec.Command("go", "build", "-C", "manifests", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, mistake := range map[string][2]string{
		"deploy/kubernetes/job.yaml":   {"drop: [ALL]", "drop: []"},
		"deploy/kubernetes/batch.yaml": {"readOnlyRootFilesystem", "readOnlyRootFileSystem"},
		"deploy/tekton/slimify.yaml":   {"$(params.base)", "$(params.bass)"},
	} {
		t.Run(name, func(t *testing.T) {
			text := contents(t, name)
			bad := strings.ReplaceAll(text, mistake[0], mistake[1])
			checks(t, files{"x.yaml": text}, files{"x.yaml": bad}, program, "x.yaml")
		})
	}
}

// A workflow that uses the action, with each of its outputs.
func TestActionlint(t *testing.T) {
	program := goInstall(t, actionlint, "actionlint")
	action := contents(t, "action.yml")
	outputs := regexp.MustCompile(`steps\.slim\.outputs\.[a-z-]+`).FindAllString(action, -1)
	if len(outputs) == 0 {
		t.Fatal("the action has no outputs: the test looks at nothing")
	}
	workflow := `on: push
jobs:
  slim:
    runs-on: ubuntu-latest
    steps:
      - id: slim
        uses: ./
        with: {source: a, result: b, max-size: 80MB}
      - run: 'true'
        env:
          X: ${{ ` + strings.Join(outputs, " || ") + ` }}
`
	const name = ".github/workflows/x.yml"
	checks(t, files{"action.yml": action, name: workflow},
		files{"action.yml": action, name: strings.Replace(workflow, "max-size", "maximum", 1)}, program)
}

func TestSchemas(t *testing.T) {
	program := pipInstall(t, checkJSONSchema, "check-jsonschema")
	action := contents(t, "action.yml")
	checks(t, files{"x.yml": action}, files{"x.yml": strings.Replace(action, "using:", "uses:", 1)},
		program, "--builtin-schema", "vendor.github-actions", "x.yml")
	header, body, _ := strings.Cut(contents(t, "templates/slimify/template.yml"), "\n---\n")
	body = regexp.MustCompile(`\$\[\[ inputs\.[a-z-]+ \]\]`).ReplaceAllString(body, "x")
	checks(t, files{"x.yml": header, "y.yml": body}, files{"x.yml": header, "y.yml": strings.Replace(body, "entrypoint:", "entry:", 1)},
		program, "--builtin-schema", "vendor.gitlab-ci", "x.yml", "y.yml")
}

// goInstall builds a program of the Go module proxy.
func goInstall(t *testing.T, module, name string) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("go", "install", module)
	cmd.Env = append(os.Environ(), "GOBIN="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("%s cannot be built here: %v\n%s", name, err, out)
	}
	return filepath.Join(dir, name)
}

// pipInstall installs a program of PyPI.
func pipInstall(t *testing.T, requirement, name string) string {
	t.Helper()
	dir := t.TempDir()
	for _, args := range [][]string{{"python3", "-m", "venv", dir}, {filepath.Join(dir, "bin/pip"), "install", "--quiet", requirement}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Skipf("%s cannot be installed here: %v\n%s", name, err, out)
		}
	}
	return filepath.Join(dir, "bin", name)
}
