package report

// VerifySchema names the JSON form of a [Verification]. It only ever gains
// fields.
const VerifySchema = "slimify/verify/v1"

// Verification is what was found in an image. The JSON Schema is in
// docs/verify.schema.json.
type Verification struct {
	Schema string `json:"schema"`
	Image  Named  `json:"image"`
	// Against is the image that it was compared with; nil if there was none.
	Against   *Named                 `json:"against"`
	Platforms []PlatformVerification `json:"platforms"`
}

// PlatformVerification reports on one platform.
type PlatformVerification struct {
	Platform string  `json:"platform"`
	Status   string  `json:"status"` // "pass" or "fail"
	Checks   []Check `json:"checks"`
	// Run is the trial of its programs; nil if none was run.
	Run *Trial `json:"run"`
}

// Check is what one check found.
type Check struct {
	Name     string    `json:"name"`
	Status   string    `json:"status"` // "pass" or "fail"
	Items    int       `json:"items"`  // how many things were checked
	Unit     string    `json:"unit"`   // what they are: "ELF file"
	Findings []Finding `json:"findings"`
}

// Count counts the findings of a severity.
func (c *Check) Count(severity Severity) (n int) {
	for _, f := range c.Findings {
		if f.Severity == severity {
			n++
		}
	}
	return n
}

// Finding is a problem that a check found.
type Finding struct {
	Severity Severity `json:"severity"`
	Path     string   `json:"path,omitempty"` // absolute
	Message  string   `json:"message"`
}

// Severity says what a finding means.
type Severity string

// The severities.
const (
	Failure Severity = "failure" // the image is broken
	Note    Severity = "note"    // something may not work, or never did
)

// Failed reports whether the verification failed on any platform.
func (v *Verification) Failed() bool {
	for _, p := range v.Platforms {
		if p.Status == Failed {
			return true
		}
	}
	return false
}

// The statuses of a verification, a check and a trial.
const (
	Passed  = "pass"
	Failed  = "fail"
	Skipped = "skipped"
)

// Trial is how programs of an image ran.
type Trial struct {
	Runtime string   `json:"runtime"`
	Status  string   `json:"status"`  // "pass" or "fail"
	Command []string `json:"command"` // empty if what is installed was tried
	// Exit is the command's status, or 128 and the signal that ended it; nil
	// without a command.
	Exit     *int        `json:"exit"`
	TimedOut bool        `json:"timed_out"`
	Imports  TrialResult `json:"imports"`
	Scripts  TrialResult `json:"scripts"`
}

// TrialResult counts the modules that were imported, or the scripts that were started.
type TrialResult struct {
	Total  int            `json:"total"`
	Failed []TrialFailure `json:"failed"`
	// Notes are failures that do not count: the image to compare with has them, too, or
	// something may never have been installed.
	Notes []TrialFailure `json:"notes"`
}

// TrialFailure is a module or a script that does not work.
type TrialFailure struct {
	Interpreter  string `json:"interpreter"` // absolute
	Distribution string `json:"distribution"`
	Name         string `json:"name"` // of the module, or the script's path
	Reason       string `json:"reason"`
}

// NewTrialResult returns an empty [TrialResult].
func NewTrialResult() TrialResult {
	return TrialResult{Failed: []TrialFailure{}, Notes: []TrialFailure{}}
}
