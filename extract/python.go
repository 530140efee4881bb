package extract

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// Prefix is where the official images install CPython.
const Prefix = "usr/local"

// Python names an image's interpreter.
type Python struct {
	// Version is PYTHON_VERSION of the official images: "3.9.20".
	Version string
}

// Minor is the version without its last part: "3.9". Extension modules work
// for one minor version (PEP 3149).
func (p Python) Minor() string {
	parts := strings.SplitN(p.Version, ".", 3)
	if len(parts) < 2 {
		return p.Version
	}
	return parts[0] + "." + parts[1]
}

// Lib is the directory of the standard library: "usr/local/lib/python3.9".
func (p Python) Lib() string { return path.Join(Prefix, "lib/python"+p.Minor()) }

// Site is the directory into which pip installs.
func (p Python) Site() string { return path.Join(p.Lib(), "site-packages") }

// NoPythonError is returned for an image without a CPython that an official
// slim image could replace.
type NoPythonError struct {
	// Found says what stands in its place, for the message.
	Found string
}

func (e *NoPythonError) Error() string {
	if e.Found != "" {
		return "image has no Python of an official image: " + e.Found
	}
	return "image has no Python: neither PYTHON_VERSION in its config nor /" + Prefix + "/lib/python3.*"
}

// patchlevel.h tells the version where the config does not.
var patchlevel = regexp.MustCompile(`(?m)^#define\s+PY_VERSION\s+"(\d+\.\d+\.\d+[^"+]*)`)

var versionShape = regexp.MustCompile(`^\d+\.\d+(\.\d+)?([a-z]+\d+)?$`)

// FindPython tells an image's interpreter from PYTHON_VERSION, else from the
// headers that it installs. The error is a [*NoPythonError] if there is none.
func FindPython(ctx context.Context, config *v1.ConfigFile, stack *layers.Stack) (Python, error) {
	if v := imageconfig.Getenv(config.Config.Env, "PYTHON_VERSION"); v != "" {
		if !versionShape.MatchString(v) {
			return Python{}, &NoPythonError{Found: fmt.Sprintf("PYTHON_VERSION is %q", v)}
		}
		return Python{v}, nil
	}
	var version string
	err := stack.Glob(ctx,
		func(name string) bool {
			ok, _ := path.Match(Prefix+"/include/python3.*/patchlevel.h", name)
			return ok
		},
		func(n *layers.Node) {
			if m := patchlevel.FindSubmatch(n.Evidence); m != nil {
				version = string(m[1])
			}
		})
	switch {
	case err != nil:
		return Python{}, err
	case version != "":
		return Python{version}, nil
	}
	// Say what the image has instead, since that decides what its owner does.
	for _, other := range []struct{ name, text string }{
		{"usr/bin/python3", "its /usr/bin/python3 is the distribution's own"},
		{"opt/conda/bin/python", "its Python is conda's, in /opt/conda"},
	} {
		if _, err := stack.Resolve(ctx, other.name); err == nil {
			return Python{}, &NoPythonError{Found: other.text}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return Python{}, err
		}
	}
	return Python{}, &NoPythonError{}
}
