package ecosystem

import (
	"slices"
	"strings"
)

// Metadata is what a package's own file says about it. An [Inventory] needs it and
// no rule does: it is not captured while indexing, but read when one is wanted.
type Metadata struct {
	Name, Version string   // of a distribution
	Licenses      []string // as they are named there, each once
	Paths         []string // the files of a package that only status.d knows
}

// What is taken for licences of one package: of a thousand names, or of one as long as
// a text, nobody could say what they mean, and to sort them out would take hours. The
// most seen are 37, the longest 211 bytes.
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
