package sbom

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/github/go-spdx/v2/spdxexp"

	"github.com/slimify/slimify/extract/inventory"
)

// licenses are a package's licences in SPDX's form.
type licenses struct {
	// expression joins them all; "" if none is known.
	expression string
	// refs are licences that SPDX does not list: generated identifiers with the
	// names that the package gives.
	refs map[string]string
}

// refPrefix begins the identifiers of licences that SPDX does not list (SPDX 2.3,
// section 10.1).
const refPrefix = "LicenseRef-"

// licensesOf reads names of licences: SPDX identifiers, Debian's short names, and the
// titles of Python's classifiers. All of them apply together.
func licensesOf(names []string) licenses {
	l := licenses{refs: make(map[string]string)}
	var parts []string
	for _, name := range names {
		expression, choice := l.read(name)
		joined := []string{expression}
		if !choice {
			joined = strings.Split(expression, " AND ")
		} else if len(names) > 1 {
			joined[0] = "(" + expression + ")"
		}
		for _, part := range joined {
			if !slices.Contains(parts, part) {
				parts = append(parts, part)
			}
		}
	}
	l.expression = strings.Join(parts, " AND ")
	return l
}

var operator = regexp.MustCompile(`(?i)\s+(and|or)\s+`)

// read translates one name, which may be an expression. choice is set if it joins
// licences by OR.
func (l *licenses) read(name string) (expression string, choice bool) {
	name = strings.Join(strings.Fields(name), " ")
	if id := known(name); id != "" {
		return id, false
	}
	valid, _ := spdxexp.ValidateAndNormalizeLicensesWithOptions([]string{name}, spdxexp.ValidateLicensesOptions{})
	if len(valid) == 1 && !strings.Contains(name, refPrefix) { // a reference is only valid in its own document
		return valid[0], strings.Contains(valid[0], " OR ")
	}
	// Debian's expressions without a comma and an exception differ from SPDX's only in
	// their names: "and" binds closer than "or" in both.
	if words := operator.Split(name, -1); len(words) > 1 && !strings.ContainsAny(name, ",()") && !strings.Contains(name, " with ") {
		operators := operator.FindAllString(name, -1)
		for i, word := range words {
			part, _ := l.read(word)
			if i > 0 {
				op := strings.ToUpper(strings.TrimSpace(operators[i-1]))
				choice = choice || op == "OR"
				expression += " " + op + " "
			}
			expression += part
		}
		return expression, choice
	}
	return l.ref(name), false
}

// maxRef is the longest part of a name in an identifier, in bytes.
const maxRef = 48

var notInRef = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// ref generates an identifier from the name alone, since a document has one list of
// them for all packages. It contains a checksum unless it contains the name unchanged.
func (l *licenses) ref(name string) string {
	id := cmp.Or(strings.Trim(notInRef.ReplaceAllString(name, "-"), "-"), "unnamed")
	if id != name || len(id) > maxRef {
		sum := sha256.Sum256([]byte(name))
		id = id[:min(len(id), maxRef)] + "-" + hex.EncodeToString(sum[:4])
	}
	l.refs[refPrefix+id] = name
	return refPrefix + id
}

// sortedRefs lists the generated identifiers.
func sortedRefs(refs map[string]string) []string { return slices.Sorted(maps.Keys(refs)) }

var gnu = regexp.MustCompile(`^(?i)(a?gpl|lgpl|gfdl|fdl)-([0-9])(\.[0-9])?(\+)?$`)

// known returns the SPDX identifier of a licence by any of its names, or "".
func known(name string) string {
	name, common := strings.CutPrefix(name, inventory.CommonLicense)
	// A reference to a common licence of GNU does not say whether later
	// versions apply.
	if m := gnu.FindStringSubmatch(name); m != nil && !common { // Debian's "GPL-2+"
		family, minor, suffix := strings.ToUpper(m[1]), cmp.Or(m[3], ".0"), "-only"
		if family == "FDL" {
			family = "GFDL"
		}
		if m[4] != "" {
			suffix = "-or-later"
		}
		if ok, id := spdxexp.ActiveLicense(family + "-" + m[2] + minor + suffix); ok {
			return id
		}
	}
	if ok, id := spdxexp.ActiveLicense(name); ok {
		return id
	}
	return aliases[strings.ToLower(name)]
}

// aliases are lower-case names of licences: Debian's short names, and those in
// Python's metadata and classifiers. Ambiguous ones ("BSD") are not listed.
var aliases = map[string]string{
	"expat":                                 "MIT",
	"mit license":                           "MIT",
	"the mit license":                       "MIT",
	"apache-2":                              "Apache-2.0",
	"apache 2":                              "Apache-2.0",
	"apache 2.0":                            "Apache-2.0",
	"apache license 2.0":                    "Apache-2.0",
	"apache license, version 2.0":           "Apache-2.0",
	"apache software license":               "Apache-2.0",
	"apache software license 2.0":           "Apache-2.0",
	"3-clause bsd license":                  "BSD-3-Clause",
	"bsd 3-clause":                          "BSD-3-Clause",
	"bsd 3-clause license":                  "BSD-3-Clause",
	"bsd-3":                                 "BSD-3-Clause",
	"new bsd license":                       "BSD-3-Clause",
	"bsd 2-clause":                          "BSD-2-Clause",
	"bsd 2-clause license":                  "BSD-2-Clause",
	"simplified bsd":                        "BSD-2-Clause",
	"boost-1.0":                             "BSL-1.0",
	"cc0":                                   "CC0-1.0",
	"isc license (iscl)":                    "ISC",
	"mpl-2":                                 "MPL-2.0",
	"mpl 2.0":                               "MPL-2.0",
	"mozilla public license 2.0 (mpl 2.0)":  "MPL-2.0",
	"psf":                                   "PSF-2.0",
	"psf-2":                                 "PSF-2.0",
	"python software foundation license":    "PSF-2.0",
	"the unlicense (unlicense)":             "Unlicense",
	"zlib/libpng license":                   "Zlib",
	"gnu general public license v2 (gplv2)": "GPL-2.0-only",
	"gnu general public license v3 (gplv3)": "GPL-3.0-only",
	"gnu affero general public license v3":  "AGPL-3.0-only",
	"gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.0-or-later",
	"gnu lesser general public license v3 (lgplv3)":           "LGPL-3.0-only",
	"gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later",
	"gnu general public license v2 or later (gplv2+)":         "GPL-2.0-or-later",
	"gnu general public license v3 or later (gplv3+)":         "GPL-3.0-or-later",
	"gnu affero general public license v3 or later (agplv3+)": "AGPL-3.0-or-later",
}
