package official

import (
	"regexp"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/internal/imageconfig"
)

// Shape describes the instruction of an official image's layer.
type Shape struct {
	Name     string
	Is       func(text string) bool
	Optional bool
	Last     bool // the image may end with this layer
}

// BuildpackSteps are the layers that official images of all languages share: those of
// buildpack-deps in fat ones, and of debian in slim ones.
func BuildpackSteps() []Shape {
	return []Shape{
		{Name: "debian", Is: Matches(`^# debian\.sh |^ADD file:[0-9a-f]{64} in /$|^ADD rootfs\.tar\.\w+ /$`)},
		{Name: "ca-certificates", Is: Installs("ca-certificates", "curl", "gnupg", "netbase", "sq", "wget", "tzdata", "dirmngr")},
		{Name: "gpg", Is: Matches(`^RUN (set -eu?x;\s+)?if ! command -v gpg > /dev/null; then\s`), Optional: true},
		{Name: "version control", Is: Installs("git", "mercurial", "openssh-client", "subversion", "procps", "bzr"), Optional: true},
		{Name: "buildpack-deps", Is: Installs(buildpackDeps...), Optional: true},
	}
}

// buildpackDeps is what the official buildpack-deps image installs, in the releases from
// buster to trixie.
var buildpackDeps = strings.Fields(`
	autoconf automake bzip2 default-libmysqlclient-dev dpkg-dev file g++ gcc imagemagick libbz2-dev libc6-dev
	libcurl4-openssl-dev libdb-dev libevent-dev libffi-dev libgdbm-dev libglib2.0-dev libgmp-dev libjpeg-dev
	libkrb5-dev liblzma-dev libmagickcore-dev libmagickwand-dev libmaxminddb-dev libmysqlclient-dev libncurses5-dev
	libncursesw5-dev libncurses-dev libpng-dev libpq-dev libreadline-dev libsqlite3-dev libssl-dev libtool libwebp-dev
	libxml2-dev libxslt-dev libxslt1-dev libyaml-dev make patch unzip xz-utils zlib1g-dev`)

// Matches accepts a step by a regular expression, in which a dot matches newlines too.
func Matches(pattern string) func(string) bool {
	re := regexp.MustCompile(`(?s)` + pattern)
	return re.MatchString
}

// aptInstall finds what an official step installs.
var aptInstall = regexp.MustCompile(`(?s)^RUN (?:set -eu?x?;\s+)?apt-get update\s*(?:;|&&)\s*apt-get install -y --no-install-recommends(.*)$`)

// Installs accepts a step that installs some of these packages and no other: with a
// company's own tool among them, the layer is a user's.
func Installs(packages ...string) func(string) bool {
	return func(text string) bool {
		m := aptInstall.FindStringSubmatch(text)
		if m == nil {
			return false
		}
		if i := strings.Index(m[1], "apt-get install"); i >= 0 {
			return false
		}
		found := false
		for _, word := range installed(m[1]) {
			if !slices.Contains(packages, word) {
				return false
			}
			found = true
		}
		return found
	}
}

var (
	// buildpack-deps picks the MySQL headers by a subshell.
	subshell = regexp.MustCompile(`(?s)\$\(.*?\)`)
	comment  = regexp.MustCompile(`(?m)^\s*#.*$`)
)

// installed lists the packages in the rest of an apt-get install command.
func installed(rest string) []string {
	rest = subshell.ReplaceAllString(comment.ReplaceAllString(rest, ""), "")
	if i := strings.IndexAny(rest, ";&|"); i >= 0 {
		rest = rest[:i]
	}
	var out []string
	for _, word := range strings.Fields(rest) {
		if word != `\` && !strings.HasPrefix(word, "-") {
			out = append(out, word)
		}
	}
	return out
}

// Boundary returns how many of an image's first layers belong to an official image, fat
// or slim; 0 if its history does not show one. The layers of another image that was
// built on an official one are the user's.
func Boundary(config *v1.ConfigFile, o *Family) int {
	next, boundary := 0, 0
	for _, s := range imageconfig.Steps(config) {
		if s.Layer < 0 {
			if boundary > 0 && o.End(s.Text) {
				return boundary
			}
			continue
		}
		for next < len(o.Steps) && !o.Steps[next].Is(s.Text) {
			if !o.Steps[next].Optional {
				return 0
			}
			next++
		}
		if next == len(o.Steps) {
			return 0
		}
		if o.Steps[next].Last {
			boundary = s.Layer + 1
		}
		next++
	}
	return 0
}

// OnSlim reports whether the official image below a boundary is a slim one: its history
// installs the runtime on a Debian without compilers.
func OnSlim(config *v1.ConfigFile, boundary int, o *Family) bool {
	compilers := Installs(buildpackDeps...)
	slim := false
	for _, s := range imageconfig.Steps(config) {
		if s.Layer < 0 || s.Layer >= boundary {
			continue
		}
		if compilers(s.Text) {
			return false
		}
		slim = slim || o.InstallsRuntime(s.Text)
	}
	return slim
}

// debianRelease finds the release in the first layer's step.
var debianRelease = regexp.MustCompile(`^# debian\.sh .*'([a-z]+)'`)

// HasNoHistory reports whether an image's history describes no layer: there is none, it
// was edited, or no step has a text.
func HasNoHistory(config *v1.ConfigFile) bool {
	return !slices.ContainsFunc(imageconfig.Steps(config), func(s imageconfig.Step) bool { return s.Layer >= 0 && s.Text != "" })
}

// HistoryRelease returns the Debian release (codename) in an image's history, or "".
func HistoryRelease(config *v1.ConfigFile) string {
	for _, s := range imageconfig.Steps(config) {
		if m := debianRelease.FindStringSubmatch(s.Text); m != nil {
			return m[1]
		}
	}
	return ""
}
