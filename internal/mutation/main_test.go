package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const source = "package p\n\nfunc f(a, b, c bool) bool {\n\treturn a  && b && c\n}\n"

const result = `{"files": [{"file_name": "p.go", "mutations": [
	{"type": "INVERT_LOGICAL", "status": "LIVED", "line": 4, "column": 17},
	{"type": "INVERT_LOGICAL", "status": "KILLED", "line": 4, "column": 12}
]}]}`

const (
	first  = "x/p.go INVERT_LOGICAL 1 return a && b && c"
	second = "x/p.go INVERT_LOGICAL 2 return a && b && c"
)

func TestParseResult(t *testing.T) {
	t.Parallel()
	read := func(name string) ([]byte, error) {
		if name != "x/p.go" {
			return nil, os.ErrNotExist
		}
		return []byte(source), nil
	}
	got, err := parseResult([]byte(result), "x", read)
	want := []mutant{{first, "KILLED"}, {second, "LIVED"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(mutant{})); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, bad := range []string{"", strings.ReplaceAll(result, ": 4", ": 9"), strings.ReplaceAll(result, "p.go", "q.go")} {
		if got, err := parseResult([]byte(bad), "x", read); err == nil {
			t.Errorf("%q gives %v", bad, got)
		}
	}
}

func TestParseList(t *testing.T) {
	t.Parallel()
	got, err := parseList("# a reason\n# in two lines\n" + first + "\n" + second + "\n\n# another\nx\n")
	if diff := cmp.Diff(map[string]bool{first: true, second: true, "x": true}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := parseList("# a reason\n" + first + "\n\n" + second + "\n"); err == nil || !strings.Contains(err.Error(), second) {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := parseList(equivalents); err != nil {
		t.Error(err)
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		mutants []mutant
		known   []string
		last    string
		fails   bool
	}{
		{"all killed", []mutant{{first, "KILLED"}, {second, "TIMED OUT"}}, nil, "2 mutants in ./x: 2 killed, 0 equivalent, 0 survived", false},
		{"a survivor", []mutant{{first, "KILLED"}, {second, "LIVED"}}, nil, "2 mutants in ./x: 1 killed, 0 equivalent, 1 survived", true},
		{"not covered", []mutant{{first, "KILLED"}, {second, "NOT COVERED"}}, nil, "2 mutants in ./x: 1 killed, 0 equivalent, 1 survived", true},
		{"equivalent", []mutant{{first, "KILLED"}, {second, "LIVED"}}, []string{second}, "2 mutants in ./x: 1 killed, 1 equivalent, 0 survived", false},
		{"killed though equivalent", []mutant{{first, "KILLED"}}, []string{first}, "1 mutants in ./x: 1 killed, 0 equivalent, 0 survived", true},
		{"equivalent in another package", []mutant{{first, "KILLED"}}, []string{"xy/p.go T 1 x"}, "1 mutants in ./x: 1 killed, 0 equivalent, 0 survived", false},
		{"nothing", nil, nil, "0 mutants in ./x: 0 killed, 0 equivalent, 0 survived", true},
	} {
		known := make(map[string]bool)
		for _, name := range c.known {
			known[name] = true
		}
		var out strings.Builder
		err := judge(c.mutants, known, []string{"./x"}, &out)
		if (err != nil) != c.fails || !strings.HasSuffix(out.String(), c.last+"\n") {
			t.Errorf("%s: %v\n%s", c.name, err, out.String())
		}
	}
}
