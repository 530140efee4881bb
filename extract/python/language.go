package python

import (
	"path"
	"strings"

	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/internal/pysource"
)

// language is what is kept of Python's files.
var language = evidence.Language{
	Files: []string{
		"*/RECORD",              // PEP 376: what a distribution installed
		"*/installed-files.txt", // the same, for .egg-info
		"*/top_level.txt",       // a distribution's modules
		"*/*.pth",               // directories that are added to the path
		"*/_*editable*.py",      // finders of editable installs
		"*/*.egg-link",          // setuptools' "develop"
		"*/direct_url.json",     // PEP 610: where a distribution came from
		"*/PKG-INFO",            // core metadata of .egg-info
		"*/pyvenv.cfg",          // PEP 405: a virtual environment's interpreter
		installPrefix + "/include/*/patchlevel.h", // the interpreter's version
	},
	Heads: map[string]int{".pyc": bytecodeHead},
	IsSource: func(name, shebang string) bool {
		return strings.HasSuffix(name, ".py") || strings.Contains(shebang, "python")
	},
	Scan:          pysource.Scan,
	ScanLibraries: pysource.ScanLibraries,
	IsLibrary: func(dir string) bool {
		return isSiteName(path.Base(dir)) || strings.HasPrefix(path.Base(dir), "python3.") && path.Base(path.Dir(dir)) == "lib"
	},
	IsInstalled: inSite,
}

// bytecodeHead is the length of a .pyc's header (PEP 552), in bytes.
const bytecodeHead = 16

// inSite reports whether a path lies in a directory of installed distributions.
func inSite(name string) bool {
	return strings.Contains(name, "/site-packages/") || strings.Contains(name, "/dist-packages/")
}
