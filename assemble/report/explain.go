package report

// ExplainSchema names the JSON form of an [Explanation]. It only ever gains
// fields.
const ExplainSchema = "slimify/explain/v1"

// Explanation tells what becomes of something in an image, and on what evidence.
// Sizes are in bytes. No list is nil. The JSON Schema is in
// docs/explain.schema.json.
type Explanation struct {
	Schema string `json:"schema"`
	Source Named  `json:"source"`
	What   string `json:"what"` // as it was asked
	// Unchanged says that slimify made the image: all of it stays, and no
	// platform is listed.
	Unchanged bool `json:"unchanged"`
	Run
	// Platforms are those that have what was asked for.
	Platforms []PlatformExplanation `json:"platforms"`
}

// PlatformExplanation is the answer for one platform.
type PlatformExplanation struct {
	Platform string `json:"platform"`
	Base     Base   `json:"base"`
	// Subjects are the distributions and packages of the name.
	Packages []ExplainedPackage `json:"packages"`
	Paths    []ExplainedPath    `json:"paths"`
	// Partial says that layers of FAT's own base, which may hold more of what
	// was asked for, were not read.
	Partial bool `json:"partial"`
}

// ExplainedPackage is a distribution or a Debian package.
type ExplainedPackage struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Path    string `json:"path"` // its metadata or its list of files
	In      string `json:"in"`   // "the image", "the base" or "FAT's own base"
}

// ExplainedPath is a path, what becomes of it, and why.
type ExplainedPath struct {
	Path      string `json:"path"`
	Directory bool   `json:"directory"`
	Size      int64  `json:"size"`
	Verdict   string `json:"verdict"`           // "kept", "in the base" or "dropped"
	Part      string `json:"part,omitempty"`    // of what is kept: the layer that it goes to
	To        string `json:"to,omitempty"`      // where it goes, if not to its own place
	Package   string `json:"package,omitempty"` // the Debian package that owns it
	// Chain leads from the path's own reason to the root of the evidence.
	Chain []Link `json:"chain"`
	// Keep is what --keep takes to keep what is dropped.
	Keep string `json:"keep,omitempty"`
}

// Link is a reason of a chain. The next one is the reason of the path in From.
type Link struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	From   string `json:"from,omitempty"`
}
