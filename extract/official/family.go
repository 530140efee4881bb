package official

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// TagRelease returns the Debian release (codename) that an official image's tag names,
// or "".
func TagRelease(tag string) string {
	release := tag[strings.LastIndexByte(tag, '-')+1:]
	if !slices.Contains(releases, release) {
		return ""
	}
	return release
}

// FindRelease returns the Debian release (codename) of an image: from its history, else
// from os-release, which an official image has in its first layer. It returns "" for an
// image without Debian.
func FindRelease(ctx context.Context, config *v1.ConfigFile, stack *layers.Stack) (string, error) {
	if s := HistoryRelease(config); s != "" {
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

// releases lists Debian's releases, oldest first: a library of a later one may need a
// newer glibc than an earlier one has.
var releases = []string{"stretch", "buster", "bullseye", "bookworm", "trixie", "forky", "duke"}

// Released lists the codenames of published Debian releases, oldest first.
func Released() []string { return releases[:slices.Index(releases, "forky")] }

// Family describes the official images of an ecosystem.
type Family struct {
	Repository string // "docker.io/library/python"
	// Name begins their names for people: "python" of "python:3.12".
	Name string
	// Steps are their layers, lowest first; End accepts the step after the last layer.
	Steps []Shape
	End   func(text string) bool
	// InstallsRuntime reports whether a step installs the runtime.
	InstallsRuntime func(text string) bool
	// FatPackages are Debian packages of the fat image that hardly anybody installs
	// together: where history is silent, they show it.
	FatPackages []string
	// BaseTags lists the tags of the slim images that fit a runtime and a Debian
	// release ("" if it is not known), best first.
	BaseTags func(r selection.Runtime, release string) []string
	// Tags lists the tags that an image of a version may have, latest Debian release
	// first; with slim only those of slim images.
	Tags func(version string, slim bool) []string
	// FatTag returns the tag of the fat image of a runtime.
	FatTag func(r selection.Runtime) string
}

// MismatchError is returned for a base on which the image's files would not run.
type MismatchError struct {
	What      string // what differs: "Python", "architecture", "Debian release", …
	Fat, Base string // its value in each
	Evidence  string // the path that shows it; "" for the config
	Way       string // what the user can do
}

// Refuse returns a [*MismatchError] for an image that cannot run on any Debian slim
// image: its C library is musl.
func Refuse(in *selection.Image, o *Family) error {
	musl := ""
	in.Upper().Walk(func(n *layers.Node) bool {
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
		Way: "build the image on a Debian image (FROM " + o.Name + ":" + o.FatTag(in.Runtime) + "), or keep it: Alpine images are already slim",
	}
}

// CheckBase returns a [*MismatchError] if the image's files cannot run on the
// base.
func CheckBase(in *selection.Image, base *selection.Base, f *Family, checkRuntime func(in *selection.Image, base *selection.Base, way string) error) error {
	want := "give a matching base with --base, such as " + f.Name + ":" + f.BaseTags(in.Runtime, in.Release)[0]
	if a, b := platformOf(in.Config), platformOf(base.Config); a != b {
		return &MismatchError{What: "platform", Fat: a, Base: b, Way: want}
	}
	if err := checkRuntime(in, base, want); err != nil {
		return err
	}
	if f, b := slices.Index(releases, in.Release), slices.Index(releases, base.Release); f >= 0 && b >= 0 && b < f {
		return &MismatchError{What: "Debian release", Fat: in.Release, Base: base.Release, Way: want}
	}
	return nil
}

func platformOf(c *v1.ConfigFile) string {
	p := v1.Platform{OS: c.OS, Architecture: c.Architecture}
	return p.String()
}

func (e *MismatchError) Error() string {
	s := fmt.Sprintf("base does not fit: %s is %s in the image and %s in the base", e.What, e.Fat, e.Base)
	if e.Evidence != "" {
		s += " (" + e.Evidence + ")"
	}
	return s
}
