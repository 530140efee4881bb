package report

import (
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// CompareSchema names the JSON form of a [Comparison]. It only ever gains
// fields.
const CompareSchema = "slimify/compare/v1"

// Comparison is how two images differ. The JSON Schema is in docs/compare.schema.json.
type Comparison struct {
	Schema    string               `json:"schema"`
	Before    Named                `json:"before"`
	After     Named                `json:"after"`
	Platforms []PlatformComparison `json:"platforms"`
	// OnlyBefore and OnlyAfter are the platforms that one image lacks.
	OnlyBefore []string `json:"only_before"`
	OnlyAfter  []string `json:"only_after"`
}

// PlatformComparison compares one platform of both images.
type PlatformComparison struct {
	Platform   string `json:"platform"`
	Compressed Change `json:"compressed"` // the sum of the layers' blobs
	Unpacked   Change `json:"unpacked"`   // the sum of the uncompressed layers
	// Files counts the names of regular files that a container sees.
	Files         Change          `json:"files"`
	Layers        LayerLists      `json:"layers"`
	Shared        Shared          `json:"shared"`
	Distributions []PackageChange `json:"distributions"` // of both, sorted by name
	Debian        DebianChanges   `json:"debian"`
	Config        []SettingChange `json:"config"` // what differs, sorted by field
}

// LayerLists are the layers of both images, lowest first.
type LayerLists struct {
	Before []LayerDetail `json:"before"`
	After  []LayerDetail `json:"after"`
}

// LayerDetail describes one layer.
type LayerDetail struct {
	Digest    v1.Hash `json:"digest"`
	Size      int64   `json:"size"` // compressed
	Unpacked  int64   `json:"unpacked"`
	Files     int64   `json:"files"`      // names of regular files, hard links included
	CreatedBy string  `json:"created_by"` // the step on one line, cut; "" if history does not say
	Shared    bool    `json:"shared"`     // the other image has it too
}

// Shared sums the layers of the second image that the first has, too: a host that has the
// first need not pull them.
type Shared struct {
	Layers int   `json:"layers"`
	Size   int64 `json:"size"` // compressed
}

// PackageChange is a package of either image: a Python distribution, or a Debian package.
// Before or After is nil if that image lacks it. A name appears more than once if an image
// has several installations of it.
type PackageChange struct {
	Ecosystem string          `json:"ecosystem,omitempty"` // "python"; "" for a Debian package
	Name      string          `json:"name"`                // of a distribution: in the form in which names are compared
	Before    *PackageVersion `json:"before"`
	After     *PackageVersion `json:"after"`
}

// PackageVersion is what one image has of a package.
type PackageVersion struct {
	Version string `json:"version"`
	Files   int    `json:"files"`
	Size    int64  `json:"size"`
}

// DebianChanges counts the Debian packages and names those that only one image has.
type DebianChanges struct {
	Before  int      `json:"before"`
	After   int      `json:"after"`
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
}

// SettingChange is a field of the configuration that differs: "Cmd", "Env.PATH",
// "Labels.maintainer", "architecture". Values are compact JSON; nil if an image has none.
type SettingChange struct {
	Field  string          `json:"field"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}
