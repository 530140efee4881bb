package extract

import (
	"bufio"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slimify/slimify/layers"
)

// Metadata is what a package's own file says about it. An [Inventory] needs it and
// no rule does: it is not captured while indexing, but read when one is wanted.
type Metadata struct {
	Name, Version string   // of a distribution
	Licenses      []string // as they are named there, each once
	Paths         []string // the files of a package that only status.d knows
}

// maxMetadata is how much of a package's file is read, in bytes. Copyright files are
// about 10 KB, the longest ones seen 500.
const maxMetadata = 1 << 20

// What is taken for licences of one package: of a thousand names, or of one as long as
// a text, nobody could say what they mean, and to sort them out would take hours. The
// most seen are 37, the longest 211 bytes.
const (
	maxLicenses    = 500
	maxLicenseName = 2 << 10 // bytes
)

// parsePackageMetadata reads what a file says about its package. It is nil for files that
// say nothing; their content is not read.
func parsePackageMetadata(name string, content io.Reader, ecosystems []*Ecosystem) (*Metadata, error) {
	parse := metadataParser(name, ecosystems)
	if parse == nil {
		return nil, nil
	}
	lines := bufio.NewScanner(io.LimitReader(content, maxMetadata))
	lines.Buffer(nil, maxMetadata+1) // longer than what is read: no line is too long
	m := parse(lines)
	return m, lines.Err()
}

func metadataParser(name string, ecosystems []*Ecosystem) func(*bufio.Scanner) *Metadata {
	switch {
	case underDoc(name):
		return parseCopyright
	case path.Dir(name) == dpkgStatusDir && strings.HasSuffix(name, ".md5sums"):
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

// CommonLicense begins the names of licences that are only mentioned, as a file of
// Debian's common licences.
const CommonLicense = "common-licenses/"

// commonLicense is how copyright files that are not machine-readable name a licence
// (Debian policy, section 12.5).
var commonLicense = regexp.MustCompile(`/usr/share/common-licenses/([A-Za-z0-9.+-]*[A-Za-z0-9+])`)

// parseCopyright reads the short names of a copyright file's licences (Debian's
// "Machine-readable debian/copyright file"), or of one that is only for people
// the common licences that it mentions.
func parseCopyright(lines *bufio.Scanner) *Metadata {
	m := new(Metadata)
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

// AddLicense adds the name of a licence.
func (m *Metadata) AddLicense(name string) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > maxLicenseName || len(m.Licenses) == maxLicenses || slices.Contains(m.Licenses, name) {
		return
	}
	m.Licenses = append(m.Licenses, name)
}

// parseSums reads the paths of a list of checksums.
func parseSums(lines *bufio.Scanner) *Metadata {
	m := new(Metadata)
	for lines.Scan() {
		if _, name, ok := strings.Cut(lines.Text(), "  "); ok {
			if clean, err := layers.CleanName(name); err == nil {
				m.Paths = append(m.Paths, clean)
			}
		}
	}
	return m
}
