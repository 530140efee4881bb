package deploy

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// The examples in docs/ci.md use only inputs and outputs that the action, the
// component and the task have.
func TestExamples(t *testing.T) {
	t.Parallel()
	a, c := readAction(t), readComponent(t)
	task := kind(t, readYAML[object](t, readFile(t, "tekton/slimify.yaml")), "Task")
	seen := make(map[string]int)
	known := func(what, name string, ok bool) {
		t.Helper()
		seen[what]++
		if !ok {
			t.Errorf("docs/ci.md uses %s of the %s, which does not exist", name, what)
		}
	}
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(readFile(t, "../docs/ci.md"), -1) {
		var doc any
		if err := yaml.Unmarshal([]byte(block[1]), &doc); err != nil {
			t.Errorf("an example is not valid YAML: %v\n%s", err, block[1])
			continue
		}
		walk(doc, func(m map[string]any) {
			if uses, _ := m["uses"].(string); strings.HasPrefix(uses, "slimify/slimify@") {
				with, _ := m["with"].(map[string]any)
				for name := range with {
					_, ok := a.Inputs[name]
					known("action", name, ok)
				}
			}
			if inputs, ok := m["inputs"].(map[string]any); ok {
				for name := range inputs {
					_, ok := c.inputs[name]
					known("component", name, ok)
				}
			}
			if params, ok := m["params"].([]any); ok {
				for _, p := range params {
					name, _ := p.(map[string]any)["name"].(string)
					known("task", name, slices.ContainsFunc(task.Spec.Params, func(q param) bool { return q.Name == name }))
				}
			}
		})
		for _, m := range regexp.MustCompile(`steps\.slim\.outputs\.([a-z-]+)`).FindAllStringSubmatch(block[1], -1) {
			_, ok := a.Outputs[m[1]]
			known("action's outputs", m[1], ok)
		}
	}
	for _, what := range []string{"action", "component", "task", "action's outputs"} {
		if seen[what] == 0 {
			t.Errorf("docs/ci.md has no example of the %s: the test checks nothing", what)
		}
	}
}

// walk calls f for each mapping of a document.
func walk(node any, f func(map[string]any)) {
	switch node := node.(type) {
	case map[string]any:
		f(node)
		for _, child := range node {
			walk(child, f)
		}
	case []any:
		for _, child := range node {
			walk(child, f)
		}
	}
}
