package picture

import (
	"strings"

	"github.com/slimify/slimify/extract/python"
)

// Everything in pictures that is specific to Python.

// normalized is the name of a distribution by which its installations are compared.
func normalized(name string) string { return python.Normalize(name) }

// runtimeName names the owner of a file of an official image that no package owns: its
// interpreter, if the file lies with it; else "".
func runtimeName(name string) string {
	if strings.HasPrefix(name, python.Prefix+"/") {
		return "CPython"
	}
	return ""
}
