package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Schema names the JSON form of a [Report]. It only ever gains fields.
const Schema = "slimify/v1"

// Report is what a run did. The JSON Schema is in docs/report.schema.json.
type Report struct {
	Schema    string `json:"schema"`
	Source    Named  `json:"source"`
	Result    Named  `json:"result"`
	Unchanged bool   `json:"unchanged"`
	// UpToDate says that the destinations were what the run would write: it wrote none of
	// them, and read no layer unless the options ask for a document.
	UpToDate bool     `json:"up_to_date"`
	Pushed   []string `json:"pushed"` // destinations written, as repository@digest
	// NotWritten says which gate the result did not pass; "" if it passed all.
	NotWritten string `json:"not_written,omitempty"`
	// Command is the command line that makes the same result again, with source and base by
	// digest.
	Command []string `json:"command"`
	// Attached are the documents that refer to the result, in all destinations, including
	// those that were there already.
	Attached []Attached `json:"attached"`
	Run
	Platforms []Platform `json:"platforms"`
	// Frozen are the distributions of the result as requirements files for pip, by
	// platform, if an option asks for them.
	Frozen map[string][]byte `json:"-"`
}

// Run is what a run cost, and what the user should know about it.
type Run struct {
	Network   Network          `json:"network"`
	Warnings  []Warning        `json:"warnings"`
	TimingsMS map[string]int64 `json:"timings_ms"`
	PeakRSS   int64            `json:"peak_rss_bytes"`
}

// WarnFreeze is the code of a warning about the frozen requirements, not the image.
const WarnFreeze = "freeze"

// Warning is something that the user should know. Code is stable, for scripts.
type Warning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Network counts the traffic of registries: bytes of bodies on the wire, and
// blobs mounted from another repository.
type Network struct {
	Requests   int64 `json:"requests"`
	Downloaded int64 `json:"downloaded"`
	Uploaded   int64 `json:"uploaded"`
	Mounted    int64 `json:"mounted"`
}

// Named is an image with its digest.
type Named struct {
	Ref    string  `json:"ref"`
	Digest v1.Hash `json:"digest"`
}

// Attached is a document about a platform of the result, attached to it.
type Attached struct {
	Ref     string  `json:"ref"` // repository@digest of the artifact
	Digest  v1.Hash `json:"digest"`
	Subject v1.Hash `json:"subject"` // the digest of the platform's manifest
	Type    string  `json:"type"`    // the document's media type
	Size    int64   `json:"size"`    // of the document, in bytes
}

// New returns an empty report of a run on an image.
func New(src Named) *Report {
	return &Report{
		Schema: Schema, Source: src,
		Pushed: []string{}, Attached: []Attached{}, Run: NewRun(), Platforms: []Platform{},
	}
}

// NewRun returns an empty [Run].
func NewRun() Run {
	return Run{Warnings: []Warning{}, TimingsMS: map[string]int64{}}
}

// Warn adds a warning.
func (rep *Run) Warn(code, format string, args ...any) {
	rep.Warnings = append(rep.Warnings, Warning{code, fmt.Sprintf(format, args...)})
}

// Timed measures a phase, which ends when the function that it returns is called.
func (rep *Run) Timed(phase string) func() {
	start := time.Now()
	return func() { rep.TimingsMS[phase] += time.Since(start).Milliseconds() }
}

// SortWarnings sorts warnings and drops those that several platforms share.
func SortWarnings(ws []Warning) []Warning {
	slices.SortFunc(ws, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(ws)
}
