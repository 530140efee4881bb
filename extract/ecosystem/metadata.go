package ecosystem

import (
	"slices"
	"strings"
)

// Metadata is what a package's own files say about it. Only an inventory needs it, so
// it is not captured while indexing but read on demand.
type Metadata struct {
	Name, Version string   // of a distribution
	Licenses      []string // as the package names them, each once
	Paths         []string // the files of a package that only status.d lists
}

// Bounds of one package's licences. A thousand names, or a name as long as a text, are
// useless to a reader. The most seen are 37, the longest 211 bytes.
const (
	maxLicenses    = 500
	maxLicenseName = 2 << 10 // bytes
)

// AddLicense adds the name of a licence.
func (m *Metadata) AddLicense(name string) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > maxLicenseName || len(m.Licenses) == maxLicenses || slices.Contains(m.Licenses, name) {
		return
	}
	m.Licenses = append(m.Licenses, name)
}
