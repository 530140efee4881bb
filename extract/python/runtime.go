package python

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// runtimeName names the ecosystem.
const runtimeName = "python"

// installPrefix is where the official images install CPython.
const installPrefix = "usr/local"

// minor is a version without its last part: "3.9". Extension modules work for one
// minor version (PEP 3149).
func minor(r selection.Runtime) string { return minorOf(r.Version) }

func minorOf(version string) string {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return version
	}
	return parts[0] + "." + parts[1]
}

// stdlibDir is the directory of the standard library: "usr/local/lib/python3.9".
func stdlibDir(r selection.Runtime) string { return path.Join(installPrefix, "lib/python"+minor(r)) }

// siteDir is the directory into which pip installs.
func siteDir(r selection.Runtime) string { return path.Join(stdlibDir(r), "site-packages") }

// noPython is the error for an image without the CPython of an official image; found is
// what the image has instead.
func noPython(found string) error {
	return &ecosystem.NoRuntimeError{Problem: "image does not have the Python of an official image: " + found}
}

// configuredVersion is PYTHON_VERSION.
func configuredVersion(config *v1.ConfigFile) string {
	return imageconfig.Getenv(config.Config.Env, "PYTHON_VERSION")
}

// baseVariables matches the variables that describe the interpreter's build.
var baseVariables = regexp.MustCompile(`^(PYTHON_VERSION|PYTHON_SHA256|PYTHON_.*PIP.*|PYTHON_SETUPTOOLS_VERSION|GPG_KEY)$`)

// patchlevel reads the version from patchlevel.h, if the config does not have it.
var patchlevel = regexp.MustCompile(`(?m)^#define\s+PY_VERSION\s+"(\d+\.\d+\.\d+[^"+]*)`)

var versionShape = regexp.MustCompile(`^\d+\.\d+(\.\d+)?([a-z]+\d+)?$`)

// findRuntime finds an image's interpreter by PYTHON_VERSION, else by its header files.
// The error is an [*ecosystem.NoRuntimeError] if there is none.
func findRuntime(ctx context.Context, config *v1.ConfigFile, stack *layers.Stack) (selection.Runtime, error) {
	if v := configuredVersion(config); v != "" {
		if !versionShape.MatchString(v) {
			return selection.Runtime{}, noPython(fmt.Sprintf("PYTHON_VERSION is %q", v))
		}
		return selection.Runtime{Name: runtimeName, Version: v}, nil
	}
	var version string
	err := stack.Glob(ctx,
		func(name string) bool {
			ok, _ := path.Match(installPrefix+"/include/python3.*/patchlevel.h", name)
			return ok
		},
		func(n *layers.Node) {
			if m := patchlevel.FindSubmatch(n.Evidence); m != nil {
				version = string(m[1])
			}
		})
	switch {
	case err != nil:
		return selection.Runtime{}, err
	case version != "":
		return selection.Runtime{Name: runtimeName, Version: version}, nil
	}
	// Name what the image has instead, since that decides what its owner does.
	for _, other := range []struct{ name, text string }{
		{"usr/bin/python3", "its /usr/bin/python3 belongs to the Linux distribution"},
		{"opt/conda/bin/python", "its Python is conda's, in /opt/conda"},
	} {
		if _, err := stack.Resolve(ctx, other.name); err == nil {
			return selection.Runtime{}, noPython(other.text)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return selection.Runtime{}, err
		}
	}
	return selection.Runtime{}, &ecosystem.NoRuntimeError{
		Problem: "image has no Python: neither PYTHON_VERSION in its config nor /" + installPrefix + "/lib/python3.*",
	}
}
