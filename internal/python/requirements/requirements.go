// Package requirements writes installed distributions as a requirements file for
// pip, pinned by hash where hashes are known.
package requirements

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Installed is an installed distribution.
type Installed struct {
	Name    string // as its metadata spells it
	Key     string // the same, normalized by PEP 503
	Version string // "" if it is not known
	// Site is the directory that has its metadata, from the image's root.
	Site string
	// Local is set if it is used from its source directory (setuptools'
	// "develop").
	Local bool
	// DirectURL is the content of its direct_url.json (PEP 610), nil if it came from
	// an index.
	DirectURL []byte
	// Hashes are the SHA-256 digests, in hex, of archives of this version; From are the
	// files of the image that list them.
	Hashes, From []string
}

// line is a requirement, or a comment on a distribution that is left out.
type line struct {
	text   string
	hashes []string
	from   []string
	why    string // why it is left out or has no hash
	aside  bool
	tool   bool // a tool of installing; not counted as missing
}

// File is a requirements file.
type File struct {
	Content []byte
	// Pinned counts the requirements, Hashed those with a hash. pip accepts hashes
	// for all or for none.
	Pinned, Hashed int
	// Missing counts the distributions that it leaves out, apart from tools
	// such as pip.
	Missing int
}

// noHash is the note on a requirement without a hash.
const noHash = "no hash"

// tools are not part of an application: pip freeze leaves them out, too.
var tools = []string{"distribute", "pip", "setuptools", "wheel"}

// Names and versions are written as they are, and pip must not read them as
// anything else.
var (
	plainName    = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`) // PEP 508
	plainVersion = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.!+_-]*$`)             // PEP 440, and older ones
)

// Write writes the file. source names the image in a comment.
func Write(source string, list []Installed) File {
	var lines []line
	first := make(map[string]string) // the first pin of each key
	for _, d := range inOrder(list) {
		l := requirement(d)
		if !l.aside {
			pin := strings.TrimPrefix(l.text, d.Name)
			was, twice := first[d.Key]
			if twice && was == pin {
				continue
			}
			if twice {
				l = line{text: l.text, aside: true, why: "another version is listed above; this one is in /" + printable(d.Site)}
			} else {
				first[d.Key] = pin
			}
		}
		lines = append(lines, l)
	}
	var f File
	for _, l := range lines {
		switch {
		case l.aside && !l.tool:
			f.Missing++
		case !l.aside:
			f.Pinned++
			if len(l.hashes) > 0 {
				f.Hashed++
			}
		}
	}
	f.Content = render(source, lines, f)
	return f
}

// inOrder sorts distributions: the largest environment comes first, so that it
// decides for a name that several environments have.
func inOrder(list []Installed) []Installed {
	size := make(map[string]int)
	for _, d := range list {
		size[d.Site]++
	}
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Installed) int {
		return cmp.Or(cmp.Compare(size[b.Site], size[a.Site]), cmp.Compare(a.Site, b.Site), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Version, b.Version))
	})
	return list
}

// requirement is the line of one distribution.
func requirement(d Installed) line {
	label := strings.TrimSpace(printable(d.Name) + " " + printable(d.Version))
	aside := func(why string) line { return line{text: label, aside: true, why: why} }
	if !plainName.MatchString(d.Name) {
		return aside("pip does not accept this name")
	}
	if d.Local {
		return aside("its sources are in /" + printable(d.Site))
	}
	if d.DirectURL != nil {
		direct, err := parseDirectURL(d.DirectURL)
		switch {
		case err != nil:
			return aside("its direct_url.json cannot be used: " + err.Error())
		case direct.local:
			return aside("it was installed from " + printable(direct.url) + ", a directory")
		case direct.vcs:
			return line{text: d.Name + " @ " + direct.url, why: "a commit"}
		}
		hashes, from, why := direct.hashes, []string{path.Join("/", d.Site, "…", "direct_url.json")}, ""
		if len(hashes) == 0 {
			hashes, from = d.Hashes, d.From
		}
		if len(hashes) == 0 {
			why = noHash
		}
		return line{text: d.Name + " @ " + direct.url, hashes: hashes, from: from, why: why}
	}
	if d.Version == "" {
		return aside("its version is not known")
	}
	if !plainVersion.MatchString(d.Version) {
		return aside("pip does not accept this version")
	}
	if len(d.Hashes) == 0 {
		if slices.Contains(tools, d.Key) {
			return line{text: label, aside: true, tool: true, why: "a tool, which pip freeze leaves out too"}
		}
		return line{text: d.Name + "==" + d.Version, why: noHash}
	}
	return line{text: d.Name + "==" + d.Version, hashes: d.Hashes, from: d.From}
}

// render writes the lines. Hashes are comments unless all requirements have
// one.
func render(source string, lines []line, f File) []byte {
	var b bytes.Buffer
	all := f.Pinned == f.Hashed
	fmt.Fprintf(&b, "# The distributions of %s, written by slimify.\n#\n", printable(source))
	switch {
	case f.Pinned == 0:
		b.WriteString("# There are none.\n")
	case all:
		b.WriteString("#   pip install --no-deps --require-hashes -r THIS_FILE\n")
	case f.Hashed == 0:
		b.WriteString("#   pip install --no-deps -r THIS_FILE\n#\n")
		b.WriteString("# None has a hash in the image: versions are pinned, archives are not.\n")
	default:
		b.WriteString("#   pip install --no-deps -r THIS_FILE\n#\n")
		fmt.Fprintf(&b, "# %d of %d have no hash in the image, and pip accepts hashes for all or for none:\n", f.Pinned-f.Hashed, f.Pinned)
		b.WriteString("# known hashes are comments.\n")
	}
	for _, l := range lines {
		if l.aside {
			continue
		}
		b.WriteString(l.text)
		for _, h := range l.hashes {
			if all {
				b.WriteString(" \\\n    --hash=sha256:" + h)
			} else {
				b.WriteString("\n    # --hash=sha256:" + h)
			}
		}
		switch {
		case len(l.hashes) > 0:
			b.WriteString("\n    # from " + printable(strings.Join(l.from, ", ")))
		case f.Hashed > 0 || l.why != noHash:
			b.WriteString("\n    # " + l.why)
		}
		b.WriteString("\n")
	}
	head := "#\n# Left out:\n"
	for _, l := range lines {
		if l.aside {
			fmt.Fprintf(&b, "%s#   %s: %s\n", head, l.text, l.why)
			head = ""
		}
	}
	return b.Bytes()
}

// printable quotes a text from the image that would not stay on its line.
func printable(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.QuoteToGraphic(s)
	}
	return s
}
