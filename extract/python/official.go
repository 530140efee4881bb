package python

import "github.com/slimify/slimify/extract/official"

// family describes the official python images.
var family = official.Family{
	Repository: "docker.io/library/python",
	Name:       "python",
	Steps: append(official.BuildpackSteps(),
		official.Shape{Name: "libraries of Python", Is: official.Installs("libbluetooth-dev", "tk-dev", "uuid-dev", "libexpat1-dev", "libncursesw5-dev"), Optional: true},
		official.Shape{Name: "cpython", Is: official.Matches(`^RUN set -eu?x\s*(;|&&).*(python\.tar\.xz|PYTHON_VERSION|--enable-shared)`)},
		official.Shape{Name: "links", Is: official.Matches(`^RUN (set -eu?x\s*(?:;|&&)\s+)?(for src in idle3|cd /usr/local/bin)`), Last: true},
		official.Shape{Name: "pip", Is: official.Matches(`^RUN set -eu?x\s*(;|&&).*get-pip\.py`), Optional: true, Last: true},
	),
	End:             official.Matches(`^CMD \["python3"\]$`),
	InstallsRuntime: official.Matches(`PYTHON_VERSION|python\.tar\.xz`),
	FatPackages:     []string{"libbluetooth-dev", "libpq-dev", "mercurial", "subversion", "tk-dev"},
	BaseTags:        baseTags,
	Tags:            officialTags,
	FatTag:          minor,
}
