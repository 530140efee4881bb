package assemble_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	lt "github.com/slimify/slimify/layers/layertest"
)

const (
	reportSchema  = "../docs/report.schema.json"
	compareSchema = "../docs/compare.schema.json"
	verifySchema  = "../docs/verify.schema.json"
	planSchema    = "../docs/plan.schema.json"
	explainSchema = "../docs/explain.schema.json"
)

// decode reads JSON as the schema package wants it.
func decode(t *testing.T, data []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// compile reads a schema. A closed one also refuses keys that it does not list,
// which finds those that lack a description.
func compile(t *testing.T, file string, closed bool) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	doc := decode(t, data)
	if closed {
		closeObjects(doc)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closeObjects(schema any) {
	switch v := schema.(type) {
	case []any:
		for _, e := range v {
			closeObjects(e)
		}
	case map[string]any:
		for _, e := range v {
			closeObjects(e)
		}
		if v["properties"] != nil && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
	}
}

// slimmed slims a squashed image onto a base, both of a few files.
func slimmed(t *testing.T) (fat, slim reference.Ref, rep *report.Report) {
	t.Helper()
	const python = `{"architecture": "amd64", "os": "linux", "config": {"Env": ["PYTHON_VERSION=3.9.20"], "Cmd": ["python3"]}}`
	system := []lt.Entry{
		lt.File("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
		lt.File("var/lib/dpkg/status", "Package: base-files\nStatus: install ok installed\nVersion: 1\n"),
		lt.Script("usr/local/bin/python3.9", "ELF"), lt.File("usr/local/lib/python3.9/os.py", "import sys"),
	}
	user := join(dist("flask", "2.3", "x"), []lt.Entry{lt.File("app/main.py", "import flask"), lt.File("usr/share/gcc", string(make([]byte, 64<<10)))},
		[]lt.Entry{lt.File("var/lib/dpkg/info/gcc.list", "/usr/share/gcc\n")})
	fat = write(t, newImage(t, python, join(system, user)))
	slim = parse(t, "oci:"+t.TempDir()+":slim")
	rep, err := assemble.SlimRef(t.Context(), fat, slim, assemble.RefOptions{Choices: analyze.Choices{Base: write(t, newImage(t, python, system))}})
	if err != nil {
		t.Fatal(err)
	}
	return fat, slim, rep
}

func TestSchemas(t *testing.T) {
	t.Parallel()
	fat, slim, rep := slimmed(t)
	if p := rep.Platforms[0]; len(p.Kept) == 0 || len(p.Removed) == 0 || len(p.Distributions) == 0 || len(p.Groups) == 0 || len(p.Config) == 0 {
		t.Fatalf("the run kept %d, removed %d, found %d distributions, %d groups and %d settings: it shows too little of the form",
			len(p.Kept), len(p.Removed), len(p.Distributions), len(p.Groups), len(p.Config))
	}
	again, err := assemble.SlimRef(t.Context(), slim, parse(t, "oci:"+t.TempDir()+":again"), assemble.RefOptions{})
	if err != nil {
		t.Fatal(err)
	}
	compared, err := assemble.Compare(t.Context(), fat, slim, assemble.CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if p := compared.Platforms[0]; len(p.Distributions) == 0 || len(p.Config) == 0 {
		t.Fatalf("the comparison has %d distributions and %d settings: it shows too little of the form", len(p.Distributions), len(p.Config))
	}
	verified, against := verifyBoth(t, fat, slim)
	exit := 137
	ran, commanded := *against, *against
	finding := report.TrialFailure{Interpreter: "/usr/bin/python3", Distribution: "flask", Name: "flask", Reason: "exit status 1"}
	trial := report.TrialResult{Total: 2, Failed: []report.TrialFailure{finding}, Notes: []report.TrialFailure{{Interpreter: "/usr/bin/python3"}}}
	ran.Platforms = []report.PlatformVerification{against.Platforms[0]}
	ran.Platforms[0].Run = &report.Trial{Runtime: "bwrap", Status: "fail", Command: []string{}, Imports: trial, Scripts: trial}
	commanded.Platforms = []report.PlatformVerification{against.Platforms[0]}
	commanded.Platforms[0].Run = &report.Trial{Runtime: "runc", Status: "fail", Command: []string{"pytest"}, Exit: &exit, TimedOut: true,
		Imports: report.TrialResult{Failed: []report.TrialFailure{}, Notes: []report.TrialFailure{}},
		Scripts: report.TrialResult{Failed: []report.TrialFailure{}, Notes: []report.TrialFailure{}}}
	warned := *rep
	warned.Warnings = []report.Warning{{Code: "attestations", Message: "1 left out"}}
	null := *rep
	null.Platforms = []report.Platform{rep.Platforms[0]}
	p := &null.Platforms[0]
	p.Kept, p.Added, p.Removed, p.Undecided, p.Groups, p.Config = nil, nil, nil, nil, nil, nil
	p.Bytes.Unpacked.Before, p.Verify = nil, report.Checked{Status: "skipped"}

	asked := *rep
	asked.Platforms = []report.Platform{rep.Platforms[0]}
	asked.Platforms[0].Undecided = []report.Undecided{{
		ID: "tool:git", Rule: "tool", Reason: "called", From: "/a.py", Keep: "deb:git", Mentions: []report.Mention{{Path: "/a.py", Line: 3, Text: "git"}},
	}}
	h := nativeHub(t)
	planned, explained := h.plan(t, true), h.explain(t, "/**", true)
	if p := planned.Platforms[0]; len(p.Packages) == 0 || len(p.Groups) == 0 || len(p.Added) == 0 {
		t.Fatalf("the plan shows too little of the form: %+v", p.Groups)
	}
	for _, c := range []struct {
		name, schema string
		value        any
	}{
		{"report with an undecided item", reportSchema, asked},
		{"plan", planSchema, planned},
		{"plan without cold layers", planSchema, h.plan(t, false)},
		{"explanation of paths", explainSchema, explained},
		{"explanation of a package", explainSchema, h.explain(t, "deb:libpq5", false)},
		{"report", reportSchema, rep},
		{"report of nothing to do", reportSchema, again},
		{"report with warnings", reportSchema, warned},
		{"report without verdicts", reportSchema, null},
		{"comparison", compareSchema, compared},
		{"verification", verifySchema, verified},
		{"verification against another image", verifySchema, against},
		{"verification with a run", verifySchema, ran},
		{"verification with a command", verifySchema, commanded},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := decode(t, encode(t, c.value))
			for _, closed := range []bool{false, true} {
				if err := compile(t, c.schema, closed).Validate(doc); err != nil {
					t.Errorf("closed %v: %v", closed, err)
				}
			}
		})
	}
}

// verifyBoth verifies an image alone and against another. Neither of them would
// run: there are findings.
func verifyBoth(t *testing.T, fat, slim reference.Ref) (alone, against *report.Verification) {
	t.Helper()
	alone, err := assemble.Verify(t.Context(), slim, reference.Ref{}, assemble.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !alone.Failed() {
		t.Fatal("an image without a program to start passes: it shows too little of the form")
	}
	against, err = assemble.Verify(t.Context(), slim, fat, assemble.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return alone, against
}

// A schema that accepts everything would pass the test above.
func TestSchemasRefuse(t *testing.T) {
	t.Parallel()
	fat, slim, rep := slimmed(t)
	compared, err := assemble.Compare(t.Context(), fat, slim, assemble.CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	verified, _ := verifyBoth(t, fat, slim)
	h := nativeHub(t)
	planned, explained := h.plan(t, false), h.explain(t, "libpq.so.5", false)
	type object = map[string]any
	platform := func(doc object) object { return doc["platforms"].([]any)[0].(object) }
	for _, c := range []struct {
		name, schema string
		value        any
		spoil        func(object)
	}{
		{"report of another schema", reportSchema, rep, func(d object) { d["schema"] = "slimify/v2" }},
		{"report without result", reportSchema, rep, func(d object) { delete(d, "result") }},
		{"report with null platforms", reportSchema, rep, func(d object) { d["platforms"] = nil }},
		{"negative size", reportSchema, rep, func(d object) { platform(d)["kept"].([]any)[0].(object)["size"] = json.Number("-1") }},
		{"verdict without path and id", reportSchema, rep, func(d object) { delete(platform(d)["kept"].([]any)[0].(object), "path") }},
		{"unknown status", reportSchema, rep, func(d object) { platform(d)["verify"].(object)["status"] = "maybe" }},
		{"plan of another schema", planSchema, planned, func(d object) { d["schema"] = "slimify/v1" }},
		{"plan without groups", planSchema, planned, func(d object) { delete(platform(d), "groups") }},
		{"group of no verdict", planSchema, planned, func(d object) { platform(d)["groups"].([]any)[0].(object)["verdict"] = "maybe" }},
		{"explanation without chain", explainSchema, explained, func(d object) { platform(d)["paths"].([]any)[0].(object)["chain"] = []any{} }},
		{"explanation of no verdict", explainSchema, explained, func(d object) { platform(d)["paths"].([]any)[0].(object)["verdict"] = "" }},
		{"comparison without debian", compareSchema, compared, func(d object) { delete(platform(d), "debian") }},
		{"digest of no algorithm", compareSchema, compared, func(d object) { d["before"].(object)["digest"] = ":" }},
		{"verification without checks", verifySchema, verified, func(d object) { delete(platform(d), "checks") }},
		{"verification of unknown severity", verifySchema, verified, func(d object) {
			for _, c := range platform(d)["checks"].([]any) {
				for _, f := range c.(object)["findings"].([]any) {
					f.(object)["severity"] = "hint"
				}
			}
		}},
		{"null list", compareSchema, compared, func(d object) { d["only_after"] = nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := decode(t, encode(t, c.value)).(object)
			s := compile(t, c.schema, false)
			if err := s.Validate(doc); err != nil {
				t.Fatalf("before it was spoilt: %v", err)
			}
			doc["new_key"] = true // the form may gain fields
			if err := s.Validate(doc); err != nil {
				t.Errorf("with a new key: %v", err)
			}
			c.spoil(doc)
			if s.Validate(doc) == nil {
				t.Error("it was accepted")
			}
		})
	}
}
