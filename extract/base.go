package extract

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/slimify/slimify/layers"
)

// BaseTags lists the tags of the slim images that fit an interpreter and a
// suite, best first.
func BaseTags(p Python, suite string) []string {
	var tags []string
	if suite != "" {
		if p.Version != p.Minor() {
			tags = append(tags, p.Version+"-slim-"+suite)
		}
		tags = append(tags, p.Minor()+"-slim-"+suite)
	}
	return append(tags, p.Minor()+"-slim")
}

// OfficialTags lists the tags that an official image of a version may have, those
// of the latest suites first, and fat images before slim ones. A history that tells
// of slim leaves those alone.
func OfficialTags(version string, slim bool) []string {
	if !versionShape.MatchString(version) {
		return nil
	}
	var fat, slims []string
	for _, suite := range slices.Backward(suites) {
		if suite == "forky" || suite == "duke" {
			continue // not released
		}
		fat, slims = append(fat, version+"-"+suite), append(slims, version+"-slim-"+suite)
	}
	if slim {
		return slims
	}
	return append(fat, slims...)
}

func (e *MismatchError) Error() string {
	s := fmt.Sprintf("base does not fit: %s is %s in the image and %s in the base", e.What, e.Fat, e.Base)
	if e.Evidence != "" {
		s += " (" + e.Evidence + ")"
	}
	return s
}

// abiTag finds the ABI in an extension module's name (PEP 3149):
// "_speedups.cpython-39-x86_64-linux-gnu.so".
var abiTag = regexp.MustCompile(`\.(cpython-[0-9]+[a-z]*-[a-z0-9_]+-linux-[a-z]+)\.so$`)

// checkABI compares the tags of extension modules. A module that comes in
// several builds is left alone if one of them fits.
func checkABI(in *Image, base *Base, way string) error {
	bases := extensionTags(base.Tree, base.Python.Lib()+"/lib-dynload")
	fats := extensionTags(in.tree(), in.Python.Site())
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
	return &MismatchError{What: "ABI", Fat: other, Base: strings.Join(have, ", "), Evidence: "/" + evidence, Way: way}
}

// extensionTags returns the ABI tags of extension modules below a directory,
// each with the first file that bears it.
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
