package report

// ExplainSchema names the JSON form of an [Explanation]. It only ever gains
// fields.
const ExplainSchema = "slimify/explain/v1"

// Explanation is what happens to something in an image, and the evidence for it. The JSON
// Schema is in docs/explain.schema.json.
type Explanation struct {
	Schema string `json:"schema"`
	Source Named  `json:"source"`
	Query  string `json:"query"` // as the user typed it
	// Unchanged says that slimify made the image: all of it stays, and no platform is
	// listed.
	Unchanged bool `json:"unchanged"`
	Run
	// Platforms are those that have the item.
	Platforms []PlatformExplanation `json:"platforms"`
}

// PlatformExplanation is the answer for one platform.
type PlatformExplanation struct {
	Platform string `json:"platform"`
	Base     Base   `json:"base"`
	// Packages are the packages of the name.
	Packages []ExplainedPackage `json:"packages"`
	Paths    []ExplainedPath    `json:"paths"`
	// Partial says that layers of the original base image, which may have more of the item,
	// were not read.
	Partial bool `json:"partial"`
}

// ExplainedPackage is a distribution or a Debian package.
type ExplainedPackage struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Path    string `json:"path"` // its metadata or its list of files
	In      string `json:"in"`   // "the image", "the base" or "the original base image"
}

// ExplainedPath is a path, its verdict, and why.
type ExplainedPath struct {
	Path      string `json:"path"`
	Directory bool   `json:"directory"`
	Size      int64  `json:"size"`
	Verdict   string `json:"verdict"`           // "kept", "in the base" or "dropped"
	Part      string `json:"part,omitempty"`    // the layer that it goes to, if it is kept
	To        string `json:"to,omitempty"`      // its path in the result, if it is another one
	Package   string `json:"package,omitempty"` // the Debian package that owns it
	// Chain leads from the path's own reason to the root of the evidence.
	Chain []Link `json:"chain"`
	// Keep is the argument of --keep that keeps a dropped path.
	Keep string `json:"keep,omitempty"`
}

// Link is a reason in a chain. The next one is the reason of the path in From.
type Link struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	From   string `json:"from,omitempty"`
}
