package extract

// official describes the official python images.
var official = Official{
	Repository: "docker.io/library/python",
	Name:       "python",
	Steps: append(BuildpackSteps(),
		Shape{Name: "libraries of Python", Is: Installs("libbluetooth-dev", "tk-dev", "uuid-dev", "libexpat1-dev", "libncursesw5-dev"), Optional: true},
		Shape{Name: "cpython", Is: Matches(`^RUN set -eu?x\s*(;|&&).*(python\.tar\.xz|PYTHON_VERSION|--enable-shared)`)},
		Shape{Name: "links", Is: Matches(`^RUN (set -eu?x\s*(?:;|&&)\s+)?(for src in idle3|cd /usr/local/bin)`), Last: true},
		Shape{Name: "pip", Is: Matches(`^RUN set -eu?x\s*(;|&&).*get-pip\.py`), Optional: true, Last: true},
	),
	End:             Matches(`^CMD \["python3"\]$`),
	InstallsRuntime: Matches(`PYTHON_VERSION|python\.tar\.xz`),
	BaseTags:        baseTags,
	Tags:            officialTags,
	FatTag:          minor,
}
