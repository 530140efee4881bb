package build

import (
	"regexp"
	"strings"
)

// Everything in building that is specific to Python.

// baseEnv matches the variables that describe the interpreter's build, which is the
// base's in a result.
var baseEnv = regexp.MustCompile(`^(PYTHON_VERSION|PYTHON_SHA256|PYTHON_.*PIP.*|PYTHON_SETUPTOOLS_VERSION|GPG_KEY)$`)

// mergeEnv returns the source's environment with the base's values for the variables of the
// interpreter's build, in their places; those that only the base has follow.
func mergeEnv(fat, base []string) []string {
	value := make(map[string]string)
	for _, kv := range base {
		k, _, _ := strings.Cut(kv, "=")
		if baseEnv.MatchString(k) {
			value[k] = kv
		}
	}
	out := []string{}
	for _, kv := range fat {
		k, _, _ := strings.Cut(kv, "=")
		if !baseEnv.MatchString(k) {
			out = append(out, kv)
			continue
		}
		if v, ok := value[k]; ok {
			out = append(out, v)
			delete(value, k)
		}
	}
	for _, kv := range base {
		k, _, _ := strings.Cut(kv, "=")
		if _, ok := value[k]; ok {
			out = append(out, kv)
		}
	}
	return out
}
