package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/slimify/slimify/internal/cli/exit"
	"github.com/slimify/slimify/internal/cli/settings"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/golden"
)

// fileSchema is the schema of .slimify.yaml. TestFileSchema -update writes it.
const fileSchema = "../../docs/slimify.schema.json"

// choices are the values of flags that take one of a few words.
var choices = map[string][]string{
	"compression": {"gzip", "zstd"}, "if-larger": {"fail", "copy"}, "log-format": {"text", "json"}, "progress": {"auto", "plain", "none"}, "output": {"text", "json", "markdown"},
	"runtime": {"auto", "bwrap", "crun", "runc", "namespaces"},
}

// schemaOfFlags returns the schema of .slimify.yaml by the flags.
func schemaOfFlags() map[string]any {
	properties := make(map[string]any)
	for name, f := range settings.Keys(newRoot(&terminal.Terminal{})) {
		p := map[string]any{"type": settings.KindOf(f), "description": f.Usage}
		switch settings.KindOf(f) {
		case settings.KindText:
			p["type"] = []string{"string", "number"} // sizes may be numbers
		case settings.KindNumber:
			p["minimum"] = 0
		case settings.KindList:
			p["items"] = map[string]any{"type": []string{"string", "number"}}
		case settings.KindMap:
			p["additionalProperties"] = map[string]any{"type": []string{"string", "number"}}
		}
		if c := choices[name]; c != nil {
			p["type"], p["enum"] = "string", c
		}
		if !slices.Contains(settings.ProjectKeys, name) {
			p["description"] = f.Usage + " (only in a file that --config names)"
		}
		properties[name] = p
	}
	return map[string]any{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"$id":         "https://github.com/slimify/slimify/raw/main/docs/slimify.schema.json",
		"title":       ".slimify.yaml",
		"description": "Settings of slimify: keys are the names of its flags.",
		"type":        []string{"object", "null"}, "additionalProperties": false, "properties": properties,
	}
}

// The schema in docs is up to date with the flags.
func TestFileSchema(t *testing.T) {
	t.Parallel()
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(schemaOfFlags()); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, fileSchema, want.String())
}

func compileSchema(t *testing.T, file string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The schema accepts exactly the files that slimify accepts.
func TestSchemaAgrees(t *testing.T) {
	schema := compileSchema(t, fileSchema)
	type doc struct {
		text  string
		valid bool
	}
	docs := []doc{
		{"", true}, {"{}", true}, {"strict: true", true}, {"jobs: 2", true}, {"keep: [deb:git]", true}, {"max-size: 100000", true},
		{"registry-mirror: {docker.io: m.example}", true}, {"retry: 0\nbase: docker.io/library/python\nmin-saving: 50%", true},
		{"kept: [deb:git]", false}, {"strict: 'true'", false}, {"strict: yes", false}, {"jobs: two", false}, {"jobs: -1", false}, {"jobs: 1.5", false},
		{"keep: deb:git", false}, {"keep: [true]", false}, {"keep:", false}, {"base: [a]", false}, {"base: true", false}, {"[]", false}, {"strict", false},
		{"registry-mirror: [docker.io=m.example]", false}, {"registry-mirror: {docker.io: [m.example]}", false}, {"config: x", false}, {"help: true", false},
	}
	for name, words := range choices {
		for _, w := range append(words, "other") {
			docs = append(docs, doc{name + ": " + w, w != "other"})
		}
	}
	for _, d := range docs {
		var v any
		if err := yaml.Load([]byte(d.text), &v); err != nil && d.text != "" {
			t.Fatal(err)
		}
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if v, err = jsonschema.UnmarshalJSON(bytes.NewReader(raw)); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); (err == nil) != d.valid {
			t.Errorf("the schema on %q: %v", d.text, err)
		}
		workIn(t, "", map[string]string{"f.yaml": d.text})
		args := []string{"--config", "f.yaml", "oci:absent", "oci:slim"}
		if strings.HasPrefix(d.text, "runtime") {
			args = append([]string{"verify", "--run"}, args[:3]...)
		}
		if status, _, errs := slimify(args...); (status != exit.Usage) != d.valid {
			t.Errorf("slimify on %q: exit %d, %s", d.text, status, errs)
		}
	}
}

// The output of slimify config is valid by its schema.
func TestConfigSchema(t *testing.T) {
	schema := compileSchema(t, "../../docs/config.schema.json")
	workIn(t, "", map[string]string{".slimify.yaml": "keep: [deb:git]\nretry: 1\n"})
	for _, args := range [][]string{{"config", "-o", "json"}, {"config", "-o", "json", "--config=none", "--registry-mirror=a.example=b.example"}} {
		status, out, errs := slimify(args...)
		if status != 0 {
			t.Fatal(errs)
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", args, err)
		}
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"schema": "slimify/config/v1", "file": null, "settings": [{"name": "a", "value": null, "origin": "default"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if schema.Validate(v) == nil {
		t.Error("the schema accepts a null value")
	}
}

// The examples in docs/configuration.md are valid, and it lists the keys that a found file
// may have.
func TestConfigurationDocs(t *testing.T) {
	doc, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(doc), -1)
	if len(examples) < 2 {
		t.Fatalf("%d examples", len(examples))
	}
	dir := t.TempDir()
	for i, m := range examples {
		file := filepath.Join(dir, ".slimify.yaml")
		if err := os.WriteFile(file, []byte(m[1]), 0o644); err != nil {
			t.Fatal(err)
		}
		args := []string{"config"}
		if strings.Contains(m[1], "--config") {
			args = append(args, "--config", file)
		}
		t.Chdir(dir)
		if status, _, errs := slimify(args...); status != 0 {
			t.Errorf("example %d: %s", i+1, errs)
		}
	}
	free := regexp.MustCompile(`(?s)<!-- project keys -->\n(.*?)\n\n`).FindStringSubmatch(string(doc))
	if free == nil {
		t.Fatal("the keys that a found file may have are not listed")
	}
	var listed []string
	for _, m := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(free[1], -1) {
		listed = append(listed, m[1])
	}
	slices.Sort(listed)
	if diff := cmp.Diff(settings.ProjectKeys, listed); diff != "" {
		t.Errorf("keys of files that are found (-code +docs):\n%s", diff)
	}
}
