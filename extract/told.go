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

// Told is what a package's own file says of it. An [Inventory] needs it and no
// rule does: it is not captured while indexing, but read when one is wanted.
type Told struct {
	Name, Version string   // of a distribution
	Licenses      []string // as they are named there, each once
	Paths         []string // the files of a package that only status.d knows
}

// maxTold is how much of a package's file is read, in bytes. Copyright files are
// about 10 KB, the longest ones seen 500.
const maxTold = 1 << 20

// What is taken for licences of one package: of a thousand names, or of one as long as
// a text, nobody could say what they mean, and to sort them out would take hours. The
// most seen are 37, the longest 211 bytes.
const (
	maxLicenses    = 500
	maxLicenseName = 2 << 10 // bytes
)

// Tell reads what a file says of its package. It is nil for files that say
// nothing; of those the content is not read.
func Tell(name string, content io.Reader) (*Told, error) {
	var read func(*bufio.Scanner) *Told
	switch {
	case underDoc(name):
		read = tellCopyright
	case isCoreMetadata(name):
		read = tellMetadata
	case path.Dir(name) == dpkgStatusDir && strings.HasSuffix(name, ".md5sums"):
		read = tellSums
	default:
		return nil, nil
	}
	lines := bufio.NewScanner(io.LimitReader(content, maxTold))
	lines.Buffer(nil, maxTold+1) // longer than what is read: no line is too long
	told := read(lines)
	return told, lines.Err()
}

// underDoc reports whether a path is a Debian package's copyright file.
func underDoc(name string) bool {
	ok, _ := path.Match("usr/share/doc/*/copyright", name)
	return ok
}

// isCoreMetadata reports whether a path holds a distribution's core metadata: in a
// .dist-info, in an .egg-info that is a directory or a file, in an egg.
func isCoreMetadata(name string) bool {
	dir, base := path.Split(name)
	switch base {
	case "METADATA":
		return strings.HasSuffix(dir, distInfo+"/")
	case "PKG-INFO":
		return strings.HasSuffix(dir, eggInfo+"/") || strings.HasSuffix(dir, "/EGG-INFO/")
	}
	return strings.HasSuffix(base, eggInfo)
}

// CommonLicense begins the names of licences that are only mentioned, as a file of
// Debian's common licences.
const CommonLicense = "common-licenses/"

// commonLicense is how copyright files that are not machine-readable name a licence
// (Debian policy, section 12.5).
var commonLicense = regexp.MustCompile(`/usr/share/common-licenses/([A-Za-z0-9.+-]*[A-Za-z0-9+])`)

// tellCopyright reads the short names of a copyright file's licences (Debian's
// "Machine-readable debian/copyright file"), or of one that is only for people
// the common licences that it mentions.
func tellCopyright(lines *bufio.Scanner) *Told {
	told := new(Told)
	formatted := false
	for n := 0; lines.Scan(); n++ {
		line := lines.Text()
		formatted = formatted || strings.HasPrefix(line, "Format:")
		if short, ok := strings.CutPrefix(line, "License:"); ok && formatted {
			told.license(short)
		}
		if !formatted {
			for _, m := range commonLicense.FindAllStringSubmatch(line, -1) {
				told.license(CommonLicense + m[1])
			}
		}
	}
	return told
}

// license adds the name of a licence.
func (t *Told) license(name string) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > maxLicenseName || len(t.Licenses) == maxLicenses || slices.Contains(t.Licenses, name) {
		return
	}
	t.Licenses = append(t.Licenses, name)
}

// licenseClassifier begins the classifiers that tell a licence; what follows its
// last "::" is the name.
const licenseClassifier = "License ::"

// tellMetadata reads the head of core metadata (the PyPA specification of that
// name). The licence is an expression (PEP 639), else what the field License says on
// one line, else what the classifiers say: the field may hold a whole text.
func tellMetadata(lines *bufio.Scanner) *Told {
	told := new(Told)
	var expression, field string
	var classifiers []string
	last := ""
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), "\r")
		if line == "" {
			break // the description follows
		}
		if line[0] == ' ' || line[0] == '\t' {
			if last == "License" {
				field = "" // a text
			}
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		last, value = key, strings.TrimSpace(value)
		switch key {
		case "Name":
			told.Name = value
		case "Version":
			told.Version = value
		case "License-Expression":
			expression = value
		case "License":
			field = value
		case "Classifier":
			if strings.HasPrefix(value, licenseClassifier) {
				parts := strings.Split(value, "::")
				classifiers = append(classifiers, parts[len(parts)-1])
			}
		}
	}
	switch {
	case expression != "":
		told.license(expression)
	case field != "" && !strings.EqualFold(field, "UNKNOWN"):
		told.license(field)
	default:
		for _, c := range classifiers {
			if strings.TrimSpace(c) != "OSI Approved" {
				told.license(c)
			}
		}
	}
	return told
}

// tellSums reads the paths of a list of checksums.
func tellSums(lines *bufio.Scanner) *Told {
	told := new(Told)
	for lines.Scan() {
		if _, name, ok := strings.Cut(lines.Text(), "  "); ok {
			if clean, err := layers.CleanName(name); err == nil {
				told.Paths = append(told.Paths, clean)
			}
		}
	}
	return told
}
