package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A completed profile has the conditions of cases whose switch was run, and the
// variables and constants of the package.
func TestOmitted(t *testing.T) {
	t.Parallel()
	const src = `package p

func f(a, b bool) int {
	switch {
	case a && b,
		b:
		return 1
	case a:
	default:
	}
	return 2
}

func g(a bool) {
	switch {
	case a:
	}
}

var x, y = 1,
	2

const c = 1 << 2

var z int
`
	const profile = "mode: set\nx/p.go:3.23,4.9 1 1\nx/p.go:6.5,7.11 1 0\nx/p.go:14.16,15.9 1 0\nx/q.go:3.23,4.9 1 0\n"
	blocks, err := parseProfile(profile)
	if diff := cmp.Diff(map[string][]block{"x/p.go": {{place{3, 23}, place{4, 9}}}, "x/q.go": nil}, blocks, cmp.AllowUnexported(block{}, place{})); err != nil || diff != "" {
		t.Fatalf("%v (-want +got):\n%s", err, diff)
	}
	got, err := omitted("x/p.go", []byte(src), blocks["x/p.go"])
	if diff := cmp.Diff("x/p.go:20.12,21.3 1 1\nx/p.go:23.11,23.17 1 1\nx/p.go:5.7,6.4 1 1\nx/p.go:8.7,8.8 1 1\n", got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, bad := range []string{"x/p.go", "x/p.go:3,4 1 1\n"} {
		if got, err := parseProfile(bad); err == nil {
			t.Errorf("%q gives %v", bad, got)
		}
	}
	if got, err := omitted("x/p.go", []byte("no Go"), nil); err == nil {
		t.Errorf("no Go gives %q", got)
	}
}
