package extract

import (
	"io"
	"path"

	"github.com/slimify/slimify/layers"
)

// maxEvidence bounds one captured file. The largest RECORD seen is 2 MB
// (tensorflow's); dpkg's status of the fat images is 600 KB.
const maxEvidence = 16 << 20

// evidence lists the files whose content the rules read, by the patterns of
// path.Match over the whole path, or over the last two elements where the
// pattern begins with "*/".
var evidence = []string{
	"*/RECORD",                         // PEP 376: what a distribution installed
	"*/installed-files.txt",            // the same, for .egg-info
	"*/top_level.txt",                  // which modules a distribution has
	"var/lib/dpkg/info/*.list",         // what a Debian package installed
	"var/lib/dpkg/status",              // which Debian packages there are
	"var/lib/dpkg/status.d/*",          // the same, of copied files
	"etc/os-release",                   // the suite
	"usr/lib/os-release",               // its real place
	"etc/passwd",                       // accounts
	"etc/group",                        //
	"etc/shadow",                       //
	"etc/gshadow",                      //
	Prefix + "/include/*/patchlevel.h", // the interpreter's version
}

// Capture keeps the content of the files that the rules read. It is the
// [layers.Capture] to index images with.
func Capture(e *layers.Entry, content io.Reader) ([]byte, error) {
	if e.Size > maxEvidence || !isEvidence(e.Name) {
		return nil, nil
	}
	return io.ReadAll(content)
}

func isEvidence(name string) bool {
	last := path.Join("*", path.Base(name))
	for _, pattern := range evidence {
		if pattern == last {
			return true
		}
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return false
}
