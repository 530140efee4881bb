package extract

import (
	"path"
	"strings"

	"github.com/slimify/slimify/layers"
)

// dpkgStatusDir holds one stanza a file where there is no dpkg: images made of
// unpacked packages (distroless), and single files that slimify copied.
const dpkgStatusDir = dpkgDir + "/status.d"

// DebianPackages returns the versions of a tree's installed Debian packages by
// name, as dpkg's status file and status.d tell them.
func DebianPackages(t *layers.Tree) map[string]string {
	out := make(map[string]string)
	if dir, err := t.Resolve(dpkgStatusDir); err == nil {
		for _, n := range dir.Children() {
			name := path.Base(n.Path())
			if n.Kind != layers.File || strings.HasSuffix(name, ".md5sums") {
				continue
			}
			addStanzas(out, n.Evidence)
		}
	}
	// dpkg's own word comes last: it outranks what a copied file tells.
	if status, err := t.ReadFile(dpkgStatus); err == nil {
		addStanzas(out, status)
	}
	return out
}

// addStanzas adds the installed packages of deb822 stanzas (deb-status(5)). A
// stanza without a Status, as status.d has them, is of an installed one.
func addStanzas(to map[string]string, data []byte) {
	var name, version, status string
	flush := func() {
		if name != "" && (status == "" || strings.HasSuffix(status, " installed")) {
			to[name] = version
		}
		name, version, status = "", "", ""
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			flush()
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		switch key {
		case "Package":
			name = strings.TrimSpace(value)
		case "Version":
			version = strings.TrimSpace(value)
		case "Status":
			status = strings.TrimSpace(value)
		}
	}
	flush()
}

// Normalized is the distribution's name in the form in which names are compared
// (PEP 503): "zope-interface" of "zope.interface".
func (d Distribution) Normalized() string { return normalize(d.Name) }
