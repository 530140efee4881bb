package deploy

import (
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// component is a GitLab CI/CD component: the inputs in its header, and its
// body.
type component struct {
	inputs map[string]*string // default, nil for none
	body   string
}

func readComponent(t *testing.T) component {
	t.Helper()
	text := readFile(t, "../templates/slimify/template.yml")
	head, body, ok := strings.Cut(text, "\n---\n")
	if !ok {
		t.Fatal("the component has no header")
	}
	header := readYAML[struct {
		Spec struct {
			Inputs map[string]struct{ Default *string }
		}
	}](t, head)[0]
	c := component{make(map[string]*string), body}
	for name, input := range header.Spec.Inputs {
		c.inputs[name] = input.Default
	}
	return c
}

// gitlabJob is the part of a job that the tests need.
type gitlabJob struct {
	Stage string
	Image struct {
		Name       string
		Entrypoint []string
	}
	Variables map[string]string
	Script    []string
	Artifacts struct {
		When    string
		Paths   []string
		Reports map[string]string
	}
}

var interpolation = regexp.MustCompile(`\$\[\[ *inputs\.([a-z-]+) *\]\]`)

// include replaces inputs in the component's text as GitLab does, and reads its
// only job.
func (c component) include(t *testing.T, inputs map[string]string) (name string, job gitlabJob) {
	t.Helper()
	text := interpolation.ReplaceAllStringFunc(c.body, func(m string) string {
		input := interpolation.FindStringSubmatch(m)[1]
		preset, known := c.inputs[input]
		if value, ok := inputs[input]; ok && known {
			return value
		}
		if preset == nil {
			t.Fatalf("the input %s has no value", input)
		}
		return *preset
	})
	jobs := readYAML[map[string]gitlabJob](t, text)[0]
	if len(jobs) != 1 {
		t.Fatalf("the component has %d jobs", len(jobs))
	}
	for name, job = range jobs {
	}
	return name, job
}

// run runs the job's script as a runner does in a container with a plain shell. Variables are exported, after
// references to others are expanded.
func (j gitlabJob) run(t *testing.T, dir string, predefined map[string]string) outcome {
	t.Helper()
	env := maps.Clone(predefined)
	for name, value := range j.Variables {
		env[name] = os.Expand(value, func(v string) string { return predefined[v] })
	}
	return command{dir, env, []string{"sh", "-e", "-c", strings.Join(j.Script, "\n")}}.run(t)
}

func TestGitLab(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	c := readComponent(t)
	predefined := map[string]string{
		"CI_REGISTRY": h.host, "CI_REGISTRY_IMAGE": h.host + "/app", "CI_COMMIT_SHORT_SHA": "1",
		"CI_REGISTRY_USER": "gitlab-ci-token", "CI_REGISTRY_PASSWORD": `a "secret" of $(touch pwned)`,
	}
	name, job := c.include(t, map[string]string{
		"source": "$CI_REGISTRY_IMAGE:$CI_COMMIT_SHORT_SHA", "result": "$CI_REGISTRY_IMAGE:slim", "base": h.base(),
		"job-name": "slim it", "keep": "/app/** dist:flask", "args": "--compression=zstd",
	})
	if name != "slim it" || len(job.Image.Entrypoint) != 1 || job.Image.Entrypoint[0] != "" {
		t.Errorf("job %q with entrypoint %q", name, job.Image.Entrypoint)
	}
	dir := t.TempDir()
	checkOut(t, dir)
	out := job.run(t, dir, predefined).ok(t)
	env := assignments(t, readFile(t, dir, job.Artifacts.Reports["dotenv"]))
	wantImage(t, h, "app:slim", env["SLIM_IMAGE"])
	if !strings.HasSuffix(out.stdout, env["SLIM_IMAGE"]+"\n") {
		t.Errorf("the log ends with %q", out.stdout)
	}
	for _, path := range job.Artifacts.Paths {
		if readFile(t, dir, path) == "" {
			t.Errorf("artifact %s is empty", path)
		}
	}
}

// If a gate fails, the job fails and its artifacts have the reason.
func TestGitLabGate(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	_, job := readComponent(t).include(t, map[string]string{
		"source": h.host + "/app:1", "result": h.host + "/app:slim", "base": h.base(), "args": "--max-size=1kB",
	})
	dir := t.TempDir()
	if out := job.run(t, dir, map[string]string{}); out.status != 3 || h.digest(t, "app:slim") != "" {
		t.Errorf("exit status %d, the result is %q\n%s", out.status, h.digest(t, "app:slim"), out.stderr)
	}
	if job.Artifacts.When != "always" {
		t.Errorf("artifacts are kept %q", job.Artifacts.When)
	}
	for _, path := range job.Artifacts.Paths {
		if !strings.Contains(readFile(t, dir, path), "more than the 1000 allowed") {
			t.Errorf("%s does not have the gate's reason", path)
		}
	}
}

// A reference is one argument, whatever it contains.
func TestGitLabHostileInputs(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	c := readComponent(t)
	for _, source := range []string{h.host + "/$(touch pwned)", "x;touch pwned", "`touch pwned`", "--help=true"} {
		_, job := c.include(t, map[string]string{"source": source, "result": h.host + "/app:slim"})
		job.Variables["SOURCE"] = strings.ReplaceAll(job.Variables["SOURCE"], "$", "$$")
		dir := t.TempDir()
		env := map[string]string{"$": "$"}
		if out := job.run(t, dir, env); out.status != 2 {
			t.Errorf("%s: exit status %d\n%s", source, out.status, out.stderr)
		}
		if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
			t.Errorf("%s was run", source)
		}
	}
}

// The job's credentials, or the group's, are where slimify looks for them.
func TestGitLabCredentials(t *testing.T) {
	t.Parallel()
	_, job := readComponent(t).include(t, map[string]string{"source": "a", "result": "b"})
	login, _, ok := strings.Cut(job.Script[0], "\nset --\n")
	if !ok {
		t.Fatal("the script has no login before its arguments")
	}
	auth := base64.StdEncoding.EncodeToString([]byte("user:" + strings.Repeat("long", 40)))
	for _, test := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"none", nil, ""},
		{"job", map[string]string{
			"CI_REGISTRY": "registry.example.com", "CI_REGISTRY_USER": "user", "CI_REGISTRY_PASSWORD": strings.Repeat("long", 40),
		}, fmt.Sprintf(`{"auths":{"registry.example.com":{"auth":"%s"}}}`, auth)},
		{"group", map[string]string{
			"CI_REGISTRY": "registry.example.com", "CI_REGISTRY_USER": "user", "CI_REGISTRY_PASSWORD": "p",
			"DOCKER_AUTH_CONFIG": `{"auths":{}}`,
		}, `{"auths":{}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			script := login + "\ncat \"$DOCKER_CONFIG/config.json\" 2>/dev/null || true\n"
			out := command{t.TempDir(), test.env, []string{"sh", "-e", "-c", script}}.run(t).ok(t)
			if got := strings.TrimSpace(out.stdout); got != test.want {
				t.Errorf("credentials are %q, want %q", got, test.want)
			}
		})
	}
}
