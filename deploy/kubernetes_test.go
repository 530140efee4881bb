package deploy

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// container is the part of a container, or of a step of a Tekton Task, that the
// tests need.
type container struct {
	Image        string
	Args         []string
	Script       string
	Env          []struct{ Name, Value string }
	VolumeMounts []struct {
		Name string
		Path string `yaml:"mountPath"`
	} `yaml:"volumeMounts"`
}

func (c container) environment() map[string]string {
	env := make(map[string]string)
	for _, e := range c.Env {
		env[e.Name] = e.Value
	}
	return env
}

// object is the part of a Kubernetes object that the tests need.
type object struct {
	Kind string
	Data map[string]string
	Spec struct {
		Completions int
		Template    struct {
			Spec struct{ Containers []container }
		}
		Params  []param
		Results []struct{ Name string }
		Steps   []container
	}
}

// param is a parameter of a Tekton Task.
type param struct {
	Name    string
	Default any
}

func kind(t *testing.T, objects []object, name string) object {
	t.Helper()
	for _, o := range objects {
		if o.Kind == name {
			return o
		}
	}
	t.Fatalf("there is no %s", name)
	return object{}
}

// run runs slimify with the container's arguments; its mounted directories are
// below dir.
func (c container) run(t *testing.T, dir string, env map[string]string) outcome {
	t.Helper()
	all := map[string]string{"TMPDIR": filepath.Join(dir, "tmp")}
	maps.Copy(all, c.environment())
	maps.Copy(all, env)
	args := []string{"slimify"}
	for _, m := range c.VolumeMounts {
		if err := os.MkdirAll(filepath.Join(dir, m.Path), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, arg := range c.Args {
		for _, m := range c.VolumeMounts {
			before, rest, found := strings.Cut(arg, m.Path)
			if found && (before == "" || strings.HasSuffix(before, "=")) {
				arg = before + filepath.Join(dir, m.Path) + rest
				break
			}
		}
		args = append(args, arg)
	}
	return command{dir, all, args}.run(t)
}

func TestKubernetesJob(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	text := strings.ReplaceAll(readFile(t, "kubernetes/job.yaml"), "registry.example.com/app:1.0", h.host+"/app:1")
	job := kind(t, readYAML[object](t, text), "Job")
	out := job.Spec.Template.Spec.Containers[0].run(t, t.TempDir(), map[string]string{"SLIMIFY_BASE": h.base()}).ok(t)
	wantImage(t, h, "app:1-slim", strings.TrimSpace(out.stdout))
}

// The pods of the Indexed Job process each pair of the list once.
func TestKubernetesBatch(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	text := readFile(t, "kubernetes/batch.yaml")
	for from, to := range map[string]string{
		"registry.example.com/app:1.0 ": "app:1 ", "registry.example.com/app:1.1 ": "app:2 ",
		"registry.example.com/worker:2.0 ": "other:1 ", "registry.example.com/slim/": h.host + "/slim/",
	} {
		if !strings.Contains(text, from) {
			t.Fatalf("the list has no %q", from)
		}
		if strings.HasSuffix(to, " ") {
			to = h.host + "/" + to
		}
		text = strings.ReplaceAll(text, from, to)
	}
	objects := readYAML[object](t, text)
	job, list := kind(t, objects, "Job"), kind(t, objects, "ConfigMap")
	done := make(map[string]int)
	for i := range job.Spec.Completions {
		dir := t.TempDir()
		for name, content := range list.Data {
			if err := os.MkdirAll(filepath.Join(dir, "pairs"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "pairs", name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		out := job.Spec.Template.Spec.Containers[0].run(t, dir, map[string]string{
			"SLIMIFY_BASE": h.base(), "JOB_COMPLETION_INDEX": fmt.Sprint(i),
		}).ok(t)
		for line := range strings.Lines(out.stdout) {
			fat, _, _ := strings.Cut(line, "\t")
			done[strings.TrimPrefix(fat, h.host+"/")]++
		}
	}
	if want := map[string]int{"app:1": 1, "app:2": 1, "other:1": 1}; !maps.Equal(done, want) {
		t.Errorf("the pods did %v, want %v", done, want)
	}
}

func TestTekton(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	for _, test := range []struct {
		name   string
		source string
		args   []string
		status int
	}{
		{"plain", h.host + "/app:1", nil, 0},
		{"flags", h.host + "/app:1", []string{"--keep=/app/**", "--compression=zstd"}, 0},
		{"hostile image", "$(touch pwned)", nil, 2},
		{"hostile flag", h.host + "/app:1", []string{"--keep=$(touch pwned)"}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			task := kind(t, readYAML[object](t, readFile(t, "tekton/slimify.yaml")), "Task")
			dir := t.TempDir()
			result := "tekton-" + strings.ReplaceAll(test.name, " ", "-") + ":slim"
			out := taskRun{
				dir: dir, args: test.args,
				params: map[string]string{"source": test.source, "result": h.host + "/" + result, "base": h.base()},
			}.run(t, task)
			if out.status != test.status {
				t.Fatalf("exit status %d, want %d\n%s", out.status, test.status, out.stderr)
			}
			if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
				t.Error("a parameter was run")
			}
			if test.status != 0 {
				return
			}
			url := readFile(t, dir, "IMAGE_URL")
			repository, _, _ := strings.Cut(result, ":")
			if url != h.host+"/"+result {
				t.Errorf("IMAGE_URL is %q", url)
			}
			wantImage(t, h, result, h.host+"/"+repository+"@"+readFile(t, dir, "IMAGE_DIGEST"))
		})
	}
}

// taskRun acts as Tekton: it replaces parameters and paths of results, and runs
// the script of the only step.
type taskRun struct {
	dir    string
	params map[string]string
	args   []string
}

func (r taskRun) run(t *testing.T, task object) outcome {
	t.Helper()
	step := task.Spec.Steps[0]
	put := []string{"$(workspaces.dockerconfig.path)", ""}
	for _, p := range task.Spec.Params {
		value, given := r.params[p.Name]
		if preset, ok := p.Default.(string); ok && !given {
			value = preset
		}
		put = append(put, "$(params."+p.Name+")", value)
	}
	for _, res := range task.Spec.Results {
		put = append(put, "$(results."+res.Name+".path)", filepath.Join(r.dir, res.Name))
	}
	replacer := strings.NewReplacer(put...)
	if strings.Contains(step.Script, "$(params.") {
		t.Error("the script has a parameter in its text")
	}
	script := filepath.Join(r.dir, "script")
	if err := os.WriteFile(script, []byte(replacer.Replace(step.Script)), 0o600); err != nil {
		t.Fatal(err)
	}
	env := step.environment()
	for name, value := range env {
		env[name] = replacer.Replace(value)
	}
	args := []string{"sh", script}
	for _, arg := range step.Args {
		if arg == "$(params.args[*])" { // an array replaces the whole argument
			args = append(args, r.args...)
			continue
		}
		args = append(args, replacer.Replace(arg))
	}
	return command{r.dir, env, args}.run(t)
}
