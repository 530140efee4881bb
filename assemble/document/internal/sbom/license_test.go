package sbom

import (
	"strings"
	"testing"
)

func TestLicenses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ names, want string }{
		{"", ""},
		{"MIT", "MIT"},
		{"bsd-3-clause", "BSD-3-Clause"},
		{"Expat|MIT License", "MIT"},
		{"GPL-2+|LGPL-2.1|GFDL-1.3+", "GPL-2.0-or-later AND LGPL-2.1-only AND GFDL-1.3-or-later"},
		{"MIT OR Apache-2.0", "MIT OR Apache-2.0"},
		{"MIT OR Apache-2.0|ISC", "(MIT OR Apache-2.0) AND ISC"},
		{"GPL-1+ or Artistic", "GPL-1.0-or-later OR LicenseRef-Artistic"},
		{"GPL-2 and  Expat or ISC|ISC", "(GPL-2.0-only AND MIT OR ISC) AND ISC"},
		{"BSD-3-clause and GPL-2|Zlib|GPL-2", "BSD-3-Clause AND GPL-2.0-only AND Zlib"},
		{"GPL-3+ with Bison exception", "LicenseRef-GPL-3-with-Bison-exception-*"},
		{"GPL-1+ or Artistic, and Unicode", "LicenseRef-GPL-1-or-Artistic-and-Unicode-*"},
		{"Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception"},
		{"common-licenses/GPL-2", "LicenseRef-common-licenses-GPL-2-*"}, // it does not say whether later versions apply
		{"common-licenses/Apache-2.0", "Apache-2.0"},
		{"LicenseRef-theirs", "LicenseRef-LicenseRef-theirs"},
		{"a/b|a b", "LicenseRef-a-b-c14cddc0 AND LicenseRef-a-b-*"},
		{"<script>\x00", "LicenseRef-script-*"},
		{"§", "LicenseRef-unnamed-*"},
		{strings.Repeat("x", 500), "LicenseRef-" + strings.Repeat("x", maxRef) + "-*"},
	} {
		var names []string
		if c.names != "" {
			names = strings.Split(c.names, "|")
		}
		l := licensesOf(names)
		stem, hashed := strings.CutSuffix(c.want, "*") // eight digits of a checksum follow
		if got := l.expression; !hashed && got != c.want || hashed && (!strings.HasPrefix(got, stem) || len(got) != len(stem)+8) {
			t.Errorf("%.80q is %q, want %q", c.names, l.expression, c.want)
		}
		if got, want := len(l.refs), strings.Count(l.expression, refPrefix); c.names != "LicenseRef-theirs" && got != want {
			t.Errorf("%.80q makes up %d identifiers, and %q has %d", c.names, got, l.expression, want)
		}
	}
}

// Identifiers are shared by a whole document: two licences must not get the same one.
func TestRefsDiffer(t *testing.T) {
	t.Parallel()
	seen := make(map[string]string)
	for _, name := range []string{"public-domain", "public domain", "Public domain", "MIT/X11", "MIT-X11", "permissive", "permissive'", "A+", "A"} {
		ref := licensesOf([]string{name}).expression
		if was, taken := seen[ref]; taken {
			t.Errorf("%q and %q are both %s", was, name, ref)
		}
		seen[ref] = name
	}
}

// Every name in the table is in lower case and maps to an SPDX identifier.
func TestAliases(t *testing.T) {
	t.Parallel()
	for name, id := range aliases {
		if name != strings.ToLower(name) || known(id) != id {
			t.Errorf("%q: %q", name, id)
		}
	}
}
