package analyze

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/imageconfig"
)

// Everything in analysis that is specific to Python.

// DefaultBase is the repository in which the slim base is looked for.
const DefaultBase = "docker.io/library/python"

// runtimeVersion is the version of the interpreter that a config names; "" if it names
// none.
func runtimeVersion(config *v1.ConfigFile) string {
	return imageconfig.Getenv(config.Config.Env, "PYTHON_VERSION")
}

// fits says why a base was chosen by its tag.
func fits(runtime selection.Runtime, suite string) string {
	why := "Python " + runtime.Version
	if suite != "" {
		why += " on " + suite
	}
	return why
}
