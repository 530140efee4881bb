package python

import (
	"regexp"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// baseTags lists the tags of the slim images that fit an interpreter and a Debian
// release, best first.
func baseTags(r selection.Runtime, release string) []string {
	var tags []string
	if release != "" {
		if r.Version != minor(r) {
			tags = append(tags, r.Version+"-slim-"+release)
		}
		tags = append(tags, minor(r)+"-slim-"+release)
	}
	return append(tags, minor(r)+"-slim")
}

// officialTags lists the tags that an official image of a version may have, latest Debian
// release first, and fat images before slim ones; with slim only those of slim images.
func officialTags(version string, slim bool) []string {
	if !versionShape.MatchString(version) {
		return nil
	}
	var fat, slims []string
	for _, release := range slices.Backward(official.Released()) {
		fat, slims = append(fat, version+"-"+release), append(slims, version+"-slim-"+release)
	}
	if slim {
		return slims
	}
	return append(fat, slims...)
}

// abiTag finds the ABI in an extension module's name (PEP 3149):
// "_speedups.cpython-39-x86_64-linux-gnu.so".
var abiTag = regexp.MustCompile(`\.(cpython-[0-9]+[a-z]*-[a-z0-9_]+-linux-[a-z]+)\.so$`)

// checkBase returns a [*official.MismatchError] if the base has another version of Python,
// or one that cannot load the image's extension modules.
func checkBase(in *selection.Image, base *selection.Base, way string) error {
	if minor(in.Runtime) != minor(base.Runtime) {
		return &official.MismatchError{What: "Python", Fat: in.Runtime.Version, Base: base.Runtime.Version, Way: way}
	}
	return checkABI(in, base, way)
}

// checkABI compares the ABI tags of extension modules. It accepts modules with several
// builds if one of them fits.
func checkABI(in *selection.Image, base *selection.Base, way string) error {
	bases := extensionTags(base.Tree, stdlibDir(base.Runtime)+"/lib-dynload")
	fats := extensionTags(in.Upper(), siteDir(in.Runtime))
	if len(bases) == 0 || len(fats) == 0 {
		return nil
	}
	var other, evidence string
	for tag, name := range fats {
		if bases[tag] != "" {
			return nil
		}
		if evidence == "" || name < evidence {
			other, evidence = tag, name
		}
	}
	var have []string
	for tag := range bases {
		have = append(have, tag)
	}
	slices.Sort(have)
	return &official.MismatchError{What: "ABI", Fat: other, Base: strings.Join(have, ", "), Evidence: "/" + evidence, Way: way}
}

// extensionTags returns the ABI tags of extension modules below a directory, each with
// the first file that has it.
func extensionTags(t *layers.Tree, dir string) map[string]string {
	out := make(map[string]string)
	root, err := t.Lookup(dir)
	if err != nil {
		return out
	}
	root.Walk(func(n *layers.Node) bool {
		if m := abiTag.FindStringSubmatch(n.Path()); m != nil && out[m[1]] == "" {
			out[m[1]] = n.Path()
		}
		return true
	})
	return out
}
