package report

import v1 "github.com/google/go-containerregistry/pkg/v1"

// Platform reports on one platform.
type Platform struct {
	Platform      string         `json:"platform"`
	Digest        v1.Hash        `json:"digest"`
	Base          Base           `json:"base"`
	Bytes         Bytes          `json:"bytes"`
	Layers        []Layer        `json:"layers"`
	Distributions []Distribution `json:"distributions"`
	Packages      []Package      `json:"packages"`
	// Groups sum the verdicts as a [Plan] does, and Config are the settings that differ
	// from the source's, sorted by field; both are null if they were not computed.
	Groups []Group         `json:"groups"`
	Config []SettingChange `json:"config"`
	Verdicts
	Verify Checked `json:"verify"`
	// Picture is nil unless an option asked for it, and if nothing was slimmed.
	Picture *Picture `json:"-"`
	// Documents are those that an option asked for.
	Documents map[Document][]byte `json:"-"`
}

// Verdicts are the decisions, path by path, and the open questions.
type Verdicts struct {
	Kept      []Path      `json:"kept"`
	Added     []Path      `json:"added"`
	Removed   []Path      `json:"removed"`
	Undecided []Undecided `json:"undecided"`
}

// Base is the slim base and why it was chosen.
type Base struct {
	Ref    string  `json:"ref"`
	Digest v1.Hash `json:"digest"`
	Why    string  `json:"why"`
}

// Bytes compares sizes of the source and the result.
type Bytes struct {
	Compressed Change   `json:"compressed"`
	Unpacked   Unpacked `json:"unpacked"`
}

// Change is a size before and after.
type Change struct {
	Before int64 `json:"before"`
	After  int64 `json:"after"`
}

// Unpacked is the size of the uncompressed layers. Before is estimated if layers of the
// source were not read, and null if that is not possible.
type Unpacked struct {
	Before    *int64 `json:"before"`
	After     int64  `json:"after"`
	Estimated bool   `json:"estimated"`
}

// Layer describes one of the result's layers.
type Layer struct {
	Digest v1.Hash `json:"digest"`
	Size   int64   `json:"size"`
	From   string  `json:"from"` // "base", "reused" of the source, or the part: "dependencies"
	Title  string  `json:"title"`
}

// Distribution is an installed distribution that is kept.
type Distribution struct {
	Ecosystem string `json:"ecosystem"` // "python"
	Name      string `json:"name"`
	Version   string `json:"version"`
	Files     int    `json:"files"`
	Size      int64  `json:"size"`
}

// Package is a Debian package of the image that is copied to the result, whole, and why.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Reason  string `json:"reason"`
	From    string `json:"from,omitempty"` // the path that is the evidence
	Files   int    `json:"files"`
	Size    int64  `json:"size"`
	// Known says whether the result's dpkg has it as installed; if not, Unmet says why, and
	// it is recorded in status.d.
	Known bool   `json:"known"`
	Unmet string `json:"unmet,omitempty"`
}

// Path is a path with the reason of its verdict. A layer that was not read has an ID
// instead of a path.
type Path struct {
	Path   string `json:"path,omitempty"`
	ID     string `json:"id,omitempty"`
	Size   int64  `json:"size"`
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	From   string `json:"from,omitempty"`
	Part   string `json:"part,omitempty"`
}

// Undecided is what evidence cannot decide, with the flags that settle it:
// --keep with Keep, or --accept with ID.
type Undecided struct {
	ID       string    `json:"id"`   // stable: "tool:git"
	Rule     string    `json:"rule"` // what kind of thing it is: "tool"
	Reason   string    `json:"reason"`
	From     string    `json:"from,omitempty"` // the first of the mentions
	Keep     string    `json:"keep"`           // "deb:git"
	Mentions []Mention `json:"mentions"`
}

// Mention is a place in a file of the image that is evidence.
type Mention struct {
	Path string `json:"path"`
	Line int    `json:"line,omitempty"` // from 1; 0 if the file has no lines
	Text string `json:"text"`
}

// Checked is what was checked before the push.
type Checked struct {
	Status string   `json:"status"` // "pass", "fail" or "skipped"
	Checks []string `json:"checks"`
	Notes  int      `json:"notes"` // findings that fail nothing
}

// Document is a kind of document about one platform of a result. Its bytes depend only on
// the image, on its source, base and options, and on the name of the first destination's
// repository.
type Document string

// The kinds of documents.
const (
	SPDX       Document = "spdx"       // SPDX 2.3 as JSON
	CycloneDX  Document = "cyclonedx"  // CycloneDX 1.6 as JSON
	Provenance Document = "provenance" // an in-toto statement with SLSA's provenance v1
	ReportJSON Document = "report"     // the [Report], without what a run cost
)
