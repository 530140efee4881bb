package verifytest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/verify"
	lt "github.com/slimify/slimify/layers/layertest"
)

// Case is a change to the image, and what the checks find then.
type Case struct {
	Name   string
	Lose   []lt.Entry       // a layer on the image that works
	Config func(*v1.Config) // a change to its configuration; nil for none
	// Alone are the findings without the original image, in addition to [Dangling] and
	// [Deferred].
	Alone []string
	// Against are the findings with the original image, in addition to [Dangling].
	Against []string
}

// What is found in the image as it works.
const (
	Dangling = "symlinks: note: /app/never: links to /mnt/absent, which does not exist"
	Deferred = "imports: note: /app/app.py: line 12 imports pandas: module not found"
)

// Test runs all checks for each case.
func Test(t *testing.T, cases []Case) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			subject := verify.Subject{Config: Config(c.Config), Tree: Merge(t, System(), User(), c.Lose)}
			if diff := cmp.Diff(sorted(c.Alone, Dangling, Deferred), Findings(t, subject, nil)); diff != "" {
				t.Errorf("alone: want -, got +\n%s", diff)
			}
			opened := 0
			if diff := cmp.Diff(sorted(c.Against, Dangling), Findings(t, subject, Original(t, Config(c.Config), &opened))); diff != "" {
				t.Errorf("against: want -, got +\n%s", diff)
			}
			if len(c.Against) == 0 && opened > 0 {
				t.Errorf("%d cold layers were read, though there is no finding", opened)
			}
		})
	}
}

func sorted(findings []string, more ...string) []string {
	return slices.Sorted(slices.Values(slices.Concat(findings, more)))
}

// Findings verifies an image and returns the findings as text, sorted:
// "elf: failure: /app/x: library libpq.so.5 not found".
func Findings(t *testing.T, subject verify.Subject, original *check.Image) []string {
	t.Helper()
	results, err := verify.Run(t.Context(), subject, original, extract.Ecosystems())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range results {
		for _, f := range r.Findings {
			s := f.Check + ": " + string(f.Severity) + ": "
			if f.Path != "" {
				s += "/" + f.Path + ": "
			}
			out = append(out, s+f.Message)
		}
	}
	return sorted(out)
}
