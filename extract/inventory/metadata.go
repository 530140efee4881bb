package inventory

import (
	"bufio"
	"io"
	"path"
	"regexp"
	"strings"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/layers"
)

// maxMetadata is how much of a package's file is read, in bytes. Copyright files are
// about 10 KB, the longest ones seen 500.
const maxMetadata = 1 << 20

// ParseMetadata reads a package's metadata from one of its files. It returns nil for
// other files, and does not read their content.
func ParseMetadata(name string, content io.Reader, ecosystems []*ecosystem.Ecosystem) (*ecosystem.Metadata, error) {
	parse := metadataParser(name, ecosystems)
	if parse == nil {
		return nil, nil
	}
	lines := bufio.NewScanner(io.LimitReader(content, maxMetadata))
	lines.Buffer(nil, maxMetadata+1) // longer than what is read: no line is too long
	m := parse(lines)
	return m, lines.Err()
}

func metadataParser(name string, ecosystems []*ecosystem.Ecosystem) func(*bufio.Scanner) *ecosystem.Metadata {
	switch {
	case underDoc(name):
		return parseCopyright
	case path.Dir(name) == dpkg.StatusDir && strings.HasSuffix(name, ".md5sums"):
		return parseSums
	}
	for _, e := range ecosystems {
		if e.IsMetadata(name) {
			return e.ParseMetadata
		}
	}
	return nil
}

// underDoc reports whether a path is a Debian package's copyright file.
func underDoc(name string) bool {
	ok, _ := path.Match("usr/share/doc/*/copyright", name)
	return ok
}

// CommonLicense is the prefix of licences that a copyright file only mentions, as files
// of Debian's common licences.
const CommonLicense = "common-licenses/"

// commonLicense matches the licences that copyright files mention if they are not
// machine-readable (Debian policy, section 12.5).
var commonLicense = regexp.MustCompile(`/usr/share/common-licenses/([A-Za-z0-9.+-]*[A-Za-z0-9+])`)

// parseCopyright reads the short names of licences in a copyright file (Debian's
// "Machine-readable debian/copyright file"), or the common licences that one without
// that format mentions.
func parseCopyright(lines *bufio.Scanner) *ecosystem.Metadata {
	m := new(ecosystem.Metadata)
	formatted := false
	for n := 0; lines.Scan(); n++ {
		line := lines.Text()
		formatted = formatted || strings.HasPrefix(line, "Format:")
		if short, ok := strings.CutPrefix(line, "License:"); ok && formatted {
			m.AddLicense(short)
		}
		if !formatted {
			for _, found := range commonLicense.FindAllStringSubmatch(line, -1) {
				m.AddLicense(CommonLicense + found[1])
			}
		}
	}
	return m
}

// parseSums reads the paths in a list of checksums.
func parseSums(lines *bufio.Scanner) *ecosystem.Metadata {
	m := new(ecosystem.Metadata)
	for lines.Scan() {
		if _, name, ok := strings.Cut(lines.Text(), "  "); ok {
			if clean, err := layers.CleanName(name); err == nil {
				m.Paths = append(m.Paths, clean)
			}
		}
	}
	return m
}
