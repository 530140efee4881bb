package evidence

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// What a pattern begins and ends with changes nothing about what it matches.
func TestGlobs(t *testing.T) {
	patterns := []string{
		"*/RECORD", "*/*.pth", "*/_*editable*.py", "etc/passwd", "etc/*", "etc/*/*", "var/lib/dpkg/info/*.list", "usr/include/*/patch.h",
		"*/[ab]*.x", `*/\*star`, "*", "a/?",
	}
	names := []string{
		".", "RECORD", "a/RECORD", "a/RECORDS", "a/xRECORD", "x.pth", "a/b/x.pth", "a/.pth", "a/_editable.py", "a/_x_editable_y.py", "a/x_editable.py",
		"etc/passwd", "etc/passwd-", "xetc/passwd", "etc/a", "etc/a/b", "etc/a/b/c", "etc", "var/lib/dpkg/info/a.list", "var/lib/dpkg/info/a.md5sums",
		"usr/include/python/patch.h", "usr/include/patch.h", "usr/include/a/b/patch.h", "z/a.x", "z/ab.x", "z/c.x", "z/*star", "z/xstar", "a/b", "a/bc",
	}
	matched := 0
	for _, p := range patterns {
		for _, name := range names {
			what, pattern := name, p
			if last, ok := strings.CutPrefix(p, "*/"); ok {
				what, pattern = path.Base(name), last
			}
			want, err := path.Match(pattern, what)
			if err != nil {
				t.Fatal(err)
			}
			if got := matchesAny(globs(p), name); got != want {
				t.Errorf("%q matches %q: %v, want %v", p, name, got, want)
			}
			if want {
				matched++
			}
		}
	}
	if matched < len(patterns) {
		t.Errorf("only %d matches", matched)
	}
	if all := globs(patterns...); !slices.ContainsFunc(names, func(n string) bool { return matchesAny(all, n) }) {
		t.Error("nothing matches any")
	}
}
