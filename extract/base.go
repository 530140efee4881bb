package extract

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

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

// TagSuite returns the suite that an official image's tag names, or "".
func TagSuite(tag string) string {
	suite := tag[strings.LastIndexByte(tag, '-')+1:]
	if !slices.Contains(suites, suite) {
		return ""
	}
	return suite
}

// FindSuite tells the Debian codename of an image: from its history, else from
// os-release. An official image has that in its first layer, which is read
// alone. It is "" for an image that is no Debian.
func FindSuite(ctx context.Context, config *v1.ConfigFile, stack *layers.Stack) (string, error) {
	if s := HistorySuite(config); s != "" {
		return s, nil
	}
	tree := stack.Upper
	if stack.Boundary > 0 {
		var err error
		if tree, err = stack.Cold(ctx, 0); err != nil {
			return "", err
		}
	}
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		if data, err := tree.ReadFile(name); err == nil {
			return codename(data), nil
		}
	}
	return "", nil
}

var versionCodename = regexp.MustCompile(`(?m)^VERSION_CODENAME="?([a-z]+)"?\s*$`)

// codename reads VERSION_CODENAME of an os-release(5) file.
func codename(osRelease []byte) string {
	if m := versionCodename.FindSubmatch(osRelease); m != nil {
		return string(m[1])
	}
	return ""
}

// suites lists Debian's releases, oldest first: a library of a later one may
// want a glibc that an earlier one lacks.
var suites = []string{"stretch", "buster", "bullseye", "bookworm", "trixie", "forky", "duke"}

// MismatchError is returned for a base on which the image's files would not
// run.
type MismatchError struct {
	What      string // what differs: "Python", "architecture", "Debian release", …
	Fat, Base string // its value in both
	Evidence  string // where the image tells, if not in its config
	Way       string // the way out
}

func (e *MismatchError) Error() string {
	s := fmt.Sprintf("base does not fit: %s is %s in the image and %s in the base", e.What, e.Fat, e.Base)
	if e.Evidence != "" {
		s += " (" + e.Evidence + ")"
	}
	return s
}

// Refuse returns a [*MismatchError] for an image that no Debian slim image can
// carry: its C library is musl.
func Refuse(in *Image) error {
	musl := ""
	in.tree().Walk(func(n *layers.Node) bool {
		name := n.Path()
		if name == "etc/alpine-release" || strings.HasPrefix(path.Base(name), "ld-musl-") {
			musl = name
		}
		return musl == ""
	})
	if musl == "" {
		return nil
	}
	return &MismatchError{
		What: "C library", Fat: "musl", Base: "glibc", Evidence: "/" + musl,
		Way: "build the image on a Debian image (FROM python:" + in.Python.Minor() + "), or keep it: Alpine images are slim already",
	}
}

// CheckBase returns a [*MismatchError] if the image's files cannot run on the
// base.
func CheckBase(in *Image, base *Base) error {
	want := "give a base that fits with --base, such as python:" + BaseTags(in.Python, in.Suite)[0]
	if a, b := platformOf(in.Config), platformOf(base.Config); a != b {
		return &MismatchError{What: "platform", Fat: a, Base: b, Way: want}
	}
	if in.Python.Minor() != base.Python.Minor() {
		return &MismatchError{What: "Python", Fat: in.Python.Version, Base: base.Python.Version, Way: want}
	}
	if f, b := slices.Index(suites, in.Suite), slices.Index(suites, base.Suite); f >= 0 && b >= 0 && b < f {
		return &MismatchError{What: "Debian release", Fat: in.Suite, Base: base.Suite, Way: want}
	}
	return checkABI(in, base, want)
}

func platformOf(c *v1.ConfigFile) string {
	p := v1.Platform{OS: c.OS, Architecture: c.Architecture}
	return p.String()
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
