package document

import (
	"errors"

	"github.com/slimify/slimify/extract/python"
)

// Everything in documents that is specific to Python.

// isNoRuntime reports whether an error says that an image has no interpreter.
func isNoRuntime(err error) bool {
	var none *python.NoPythonError
	return errors.As(err, &none)
}
