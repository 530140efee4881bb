package report

// PlanSchema names the JSON form of a [Plan]. It only ever gains fields.
const PlanSchema = "slimify/plan/v1"

// Plan is what a slim image would hold. The JSON Schema is in docs/plan.schema.json.
type Plan struct {
	Schema string `json:"schema"`
	Source Named  `json:"source"`
	// Unchanged says that slimify made the image: there is nothing to slim, and
	// no platform is listed.
	Unchanged bool `json:"unchanged"`
	Run
	Platforms []PlatformPlan `json:"platforms"`
}

// PlatformPlan is the plan for one platform.
type PlatformPlan struct {
	Platform string     `json:"platform"`
	Layers   LayerCount `json:"layers"`
	Base     Base       `json:"base"`
	// Bytes compares the image with the result, whose sizes are estimated: nothing was
	// written.
	Bytes Bytes `json:"bytes"`
	// Groups sum the paths by verdict and reason.
	Groups        []Group        `json:"groups"`
	Distributions []Distribution `json:"distributions"`
	Packages      []Package      `json:"packages"`
	Verdicts
}

// LayerCount is how many layers an image has, and how many of them, the first ones, belong
// to the original base image.
type LayerCount struct {
	Image        int `json:"image"`
	OriginalBase int `json:"original_base"`
}

// Group sums paths that have one verdict for one kind of reason.
type Group struct {
	// Verdict is "keep", "in the base", "drop", or "remove": from the base.
	Verdict string `json:"verdict"`
	Title   string `json:"title"` // for people
	// Rules are the rules that decided about the paths.
	Rules []string `json:"rules"`
	// Files counts everything but directories, Directories the rest. Layers counts layers
	// that were not read: then Size is their compressed size.
	Files       int   `json:"files"`
	Directories int   `json:"directories"`
	Layers      int   `json:"layers,omitempty"`
	Size        int64 `json:"size"`
	// FromOriginalBase counts the files that come from layers of the original base image.
	FromOriginalBase int `json:"from_original_base,omitempty"`
	// Names says how many distributions, packages or places the group has;
	// Largest are the first of them by size.
	Names   int     `json:"names"`
	Largest []Sized `json:"largest"`
}

// Sized is something with its size in bytes.
type Sized struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// The verdicts of groups.
const (
	VerdictKeep   = "keep"
	VerdictInBase = "in the base"
	VerdictDrop   = "drop"
	VerdictRemove = "remove"
)
