package extract

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/layers"
)

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
