package extract_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/internal/imageconfig"
)

// history makes a config of history lines; lines that begin with "- " made no
// layer.
func history(lines string) *v1.ConfigFile {
	c := &v1.ConfigFile{}
	for line := range strings.Lines(strings.TrimSpace(lines)) {
		text, empty := strings.CutPrefix(strings.TrimSpace(line), "- ")
		c.History = append(c.History, v1.History{CreatedBy: text, EmptyLayer: empty})
		if !empty {
			c.RootFS.DiffIDs = append(c.RootFS.DiffIDs, v1.Hash{})
		}
	}
	return c
}

// The histories of official images as BuildKit and the classic builder write them.
const (
	officialFat = `
		# debian.sh --arch 'amd64' out/ 'bookworm' '@1730678400'
		RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends ca-certificates curl gnupg netbase sq wget tzdata && rm -rf /var/lib/apt/lists/* # buildkit
		RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends git mercurial openssh-client subversion procps && rm -rf /var/lib/apt/lists/* # buildkit
		RUN /bin/sh -c set -ex; apt-get update; apt-get install -y --no-install-recommends autoconf automake $( if apt-cache show 'default-libmysqlclient-dev' 2>/dev/null | grep -q '^Version:'; then echo 'default-libmysqlclient-dev'; else echo 'libmysqlclient-dev'; fi ) zlib1g-dev ; rm -rf /var/lib/apt/lists/* # buildkit
		- ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
		- ENV LANG=C.UTF-8
		RUN /bin/sh -c set -eux; apt-get update; apt-get install -y --no-install-recommends libbluetooth-dev tk-dev uuid-dev ; rm -rf /var/lib/apt/lists/* # buildkit
		- ENV PYTHON_VERSION=3.11.2
		RUN /bin/sh -c set -eux; wget -O python.tar.xz "https://example.org/$PYTHON_VERSION"; ./configure --enable-shared; make install # buildkit
		RUN /bin/sh -c set -eux; for src in idle3 pip3 pydoc3 python3 python3-config; do dst="$(echo "$src" | tr -d 3)"; ln -svT "$src" "/usr/local/bin/$dst"; done # buildkit`
	officialCmd  = "\n- CMD [\"python3\"]"
	officialSlim = `
		/bin/sh -c #(nop) ADD file:5d673d25da3a14ce1f6cf66e4c7fd4f4b85a3759a9d93efb3fd9ff852b5b56e4 in /
		- /bin/sh -c #(nop)  CMD ["bash"]
		/bin/sh -c set -eux; 	apt-get update; 	apt-get install -y --no-install-recommends 		ca-certificates 		netbase 		tzdata 	; 	rm -rf /var/lib/apt/lists/*
		- /bin/sh -c #(nop)  ENV PYTHON_VERSION=3.9.2
		/bin/sh -c set -eux; 	savedAptMark="$(apt-mark showmanual)"; 	wget -O python.tar.xz; 	make install
		/bin/sh -c set -eux; 	for src in idle3 pydoc3 python3 python3-config; do 	ln -svT "$src"; done
		- /bin/sh -c #(nop)  ENV PYTHON_PIP_VERSION=23.0.1
		/bin/sh -c set -eux; 		wget -O get-pip.py "$PYTHON_GET_PIP_URL"; 	python get-pip.py
		- /bin/sh -c #(nop)  CMD ["python3"]`
)

func TestBoundary(t *testing.T) {
	t.Parallel()
	user := "\n- WORKDIR /app\nCOPY . /app # buildkit\nRUN /bin/sh -c pip install flask # buildkit\n- CMD [\"python\" \"app.py\"]"
	for _, c := range []struct {
		name, history string
		want          int
	}{
		{"fat", officialFat + officialCmd + user, 7},
		{"slim, classic builder, with get-pip", officialSlim + user, 5},
		{"a layer for gpg, and steps of before 2021", strings.NewReplacer(
			"RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends git",
			"RUN /bin/sh -c set -ex; if ! command -v gpg > /dev/null; then apt-get update; apt-get install -y gnupg dirmngr; fi # buildkit\n\t\tRUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends git",
			"set -eux; wget -O python.tar.xz", "set -ex \t\t&& wget -O python.tar.xz",
			"set -eux; for src in idle3", "cd /usr/local/bin \t&& ln -s idle3 idle; for src in idle3",
		).Replace(officialFat) + officialCmd, 8},
		{"official image itself", officialFat + officialCmd, 7},
		{"user's own CMD [\"python3\"] adds nothing", officialFat + officialCmd + user + officialCmd, 7},
		{"company image between", officialFat + officialCmd + "\nRUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends curl # buildkit" + officialCmd, 7},
		{"CMD of another kind", officialFat + "\n- CMD [\"bash\"]" + user, 0},
		{"a step before CMD", officialFat + "\nRUN /bin/sh -c true # buildkit" + officialCmd, 0},
		{"a tool of one's own among the official ones", strings.Replace(officialFat, "procps", "procps company-agent", 1) + officialCmd, 0},
		{"a second install in an official step", strings.Replace(officialFat, "tzdata &&", "tzdata && apt-get install -y x &&", 1) + officialCmd, 0},
		{"another base below", strings.Replace(officialFat, "# debian.sh", "# company.sh", 1) + officialCmd, 0},
		{"no history", "COPY / / # buildkit" + officialCmd, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := extract.Boundary(history(c.history)); got != c.want {
				t.Errorf("Boundary = %d, want %d", got, c.want)
			}
			if got, want := extract.OnSlim(history(c.history), c.want), strings.HasPrefix(c.name, "slim"); got != want {
				t.Errorf("OnSlim = %v, want %v", got, want)
			}
		})
	}
	squashed := history(officialFat + officialCmd)
	squashed.RootFS.DiffIDs = squashed.RootFS.DiffIDs[:1]
	if got := extract.Boundary(squashed); got != 0 {
		t.Errorf("history that disagrees with the layers: Boundary = %d, want 0", got)
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	c := history(`
		/bin/sh -c #(nop) COPY dir:0123 in /app
		|2 A=1 B=x y /bin/sh -c pip install .
		RUN |1 TOKEN=z /bin/sh -c make # buildkit
		- /bin/sh -c #(nop)  CMD ["x"]
		RUN /bin/bash -o pipefail -c a | b # buildkit`)
	want := []imageconfig.Step{
		{Text: "COPY dir:0123 in /app", Layer: 0}, {Text: "RUN pip install .", Layer: 1}, {Text: "RUN make", Layer: 2},
		{Text: `CMD ["x"]`, Layer: -1}, {Text: "RUN a | b", Layer: 3},
	}
	if diff := cmp.Diff(want, imageconfig.Steps(c)); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

// Hostile history must neither crash nor move the boundary past the layers.
func FuzzBoundary(f *testing.F) {
	f.Add(officialFat + officialCmd)
	f.Add(officialSlim)
	f.Add("|9 x")
	f.Fuzz(func(t *testing.T, lines string) {
		c := history(lines)
		if got := extract.Boundary(c); got < 0 || got > len(c.RootFS.DiffIDs) {
			t.Errorf("Boundary = %d of %d layers", got, len(c.RootFS.DiffIDs))
		}
	})
}
