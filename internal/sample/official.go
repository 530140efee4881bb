package sample

import (
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/layers/layertest"
)

// official lists the steps of an official image, with the instructions of
// docker-library/python as BuildKit records them.
func (b *builder) official(v variant) []Step {
	debian := fmt.Sprintf("# debian.sh --arch '%s' out/ '%s' '@1730678400'", b.machine.debian, b.Suite)
	steps := []Step{{History: debian, Entries: b.debian(v)}}
	if v == fat {
		steps = append(steps,
			Step{History: aptInstall("set -eux", "ca-certificates curl gnupg netbase sq wget tzdata"), Entries: b.curl()},
			Step{History: aptInstall("set -eux", "git mercurial openssh-client subversion procps"), Entries: b.versionControl()},
			Step{History: aptInstall("set -ex", "autoconf automake bzip2 default-libmysqlclient-dev dpkg-dev file g++ gcc imagemagick "+
				"libc6-dev libpq-dev libssl-dev libxml2-dev make patch unzip xz-utils zlib1g-dev"), Entries: b.buildpack()},
		)
	}
	steps = append(steps, env("PATH", "/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), env("LANG", "C.UTF-8"))
	deps := Step{History: aptInstall("set -eux", "ca-certificates netbase tzdata")}
	if v == fat {
		deps = Step{History: aptInstall("set -eux", "libbluetooth-dev tk-dev uuid-dev"), Entries: b.pythonDeps()}
	} else {
		l := newListing(built())
		b.db.install(l, b.openssl()...)
		l.add(certificates())
		deps.Entries = l.entries
	}
	steps = append(steps, deps,
		env("GPG_KEY", "E3FF2839C048B25C084DEBE9B26995E310250568"), env("PYTHON_VERSION", b.Version))
	if !b.GetPip {
		steps = append(steps, env("PYTHON_SHA256", fmt.Sprintf("%064x", len(b.Version))))
	}
	python := b.python(v)
	python = append(python, b.loaderCache(v, append(steps, Step{Entries: python})))
	steps = append(steps,
		Step{History: "RUN /bin/sh -c " + b.buildPython(v) + " # buildkit", Entries: python},
		Step{History: "RUN /bin/sh -c " + b.linkPython() + " # buildkit", Entries: b.links(v)})
	if b.GetPip {
		pip := pipVersion(v)
		l := newListing(pythonBuilt(v))
		l.add(b.pip(v)...)
		steps = append(steps,
			env("PYTHON_PIP_VERSION", pip), env("PYTHON_SETUPTOOLS_VERSION", setuptoolsVersion(v)),
			env("PYTHON_GET_PIP_URL", "https://github.com/pypa/get-pip/raw/0/public/get-pip.py"),
			Step{History: `RUN /bin/sh -c set -eux; 	wget -O get-pip.py "$PYTHON_GET_PIP_URL"; 	python get-pip.py "pip==$PYTHON_PIP_VERSION"; 	rm -f get-pip.py; 	pip --version # buildkit`, Entries: l.entries})
	}
	return append(steps, Step{
		History: `CMD ["python3"]`, Empty: true, Config: func(c *v1.Config) { c.Cmd = []string{"python3"} },
	})
}

// aptInstall is the history of a step that installs packages.
func aptInstall(set, packages string) string {
	return "RUN /bin/sh -c " + set + "; \tapt-get update; \tapt-get install -y --no-install-recommends \t\t" +
		strings.ReplaceAll(packages, " ", " \t\t") + " \t; \trm -rf /var/lib/apt/lists/* # buildkit"
}

func env(key, value string) Step {
	return Step{
		History: "ENV " + key + "=" + value, Empty: true,
		Config: func(c *v1.Config) { c.Env = append(c.Env, key+"="+value) },
	}
}

// buildPython is the official images' command that builds CPython, shortened.
func (b *builder) buildPython(v variant) string {
	s := `wget -O python.tar.xz "https://www.python.org/ftp/python/${PYTHON_VERSION%%[a-z]*}/Python-$PYTHON_VERSION.tar.xz"; 	` +
		`./configure --enable-optimizations --enable-shared --with-ensurepip; 	make; 	make install; 	ldconfig; 	python3 --version`
	if v == slim {
		return `set -eux; 	savedAptMark="$(apt-mark showmanual)"; 	apt-get update; 	apt-get install -y --no-install-recommends gcc make wget; 	` +
			s + `; 	apt-get purge -y --auto-remove`
	}
	return "set -eux; \t" + s
}

// linked are the programs that also get a name without the 3.
func (b *builder) linked() []string {
	names := []string{"idle3", "pip3", "pydoc3", "python3", "python3-config"}
	if b.GetPip {
		return []string{"idle3", "pydoc3", "python3", "python3-config"}
	}
	return names
}

func (b *builder) linkPython() string {
	return "set -eux; \tfor src in " + strings.Join(b.linked(), " ") + `; do 		dst="$(echo "$src" | tr -d 3)"; ` +
		`		[ -s "/usr/local/bin/$src" ]; 		[ ! -e "/usr/local/bin/$dst" ]; 		ln -svT "$src" "/usr/local/bin/$dst"; 	done`
}

func (b *builder) links(v variant) []layertest.Entry {
	l := newListing(pythonBuilt(v))
	for _, src := range b.linked() {
		l.add(layertest.Symlink("usr/local/bin/"+strings.ReplaceAll(src, "3", ""), src))
	}
	return l.entries
}
