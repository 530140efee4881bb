package analyze

import (
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/selection"
)

// DefaultBase is the repository in which the slim base is looked for.
func DefaultBase() string { return extract.DefaultRepository() }

// fits says why a base was chosen by its tag.
func fits(runtime selection.Runtime, release string) string {
	why := extract.RuntimeTitle(runtime)
	if release != "" {
		why += " on " + release
	}
	return why
}
