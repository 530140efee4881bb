package assemble

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/verify"
	"github.com/slimify/slimify/internal/imageconfig"
)

// Schema names the JSON form of a [Report]. It only ever gains fields.
const Schema = "slimify/v1"

// Report tells what a run did. Sizes are in bytes. The JSON Schema is in
// docs/report.schema.json.
type Report struct {
	Schema    string `json:"schema"`
	Source    Named  `json:"source"`
	Result    Named  `json:"result"`
	Unchanged bool   `json:"unchanged"`
	// UpToDate says that the destinations were what the run would write: it wrote none
	// of them, and read no layer unless the options ask for a document.
	UpToDate bool     `json:"up_to_date"`
	Pushed   []string `json:"pushed"` // destinations written, as repository@digest
	// NotWritten says which gate the result did not pass; "" if it passed all.
	NotWritten string `json:"not_written,omitempty"`
	// Command makes the same result again, source and base by digest.
	Command []string `json:"command"`
	// Attached are the documents that refer to the result, in all destinations; those
	// that were there already too.
	Attached []Attached `json:"attached"`
	Run
	Platforms []PlatformReport `json:"platforms"`
	// Frozen are the distributions of the result as requirements files for pip, by
	// platform, if [Options.Freeze] asks for them.
	Frozen map[string][]byte `json:"-"`
}

// Run tells what a run cost, and what a person should know of it.
type Run struct {
	Network   Network           `json:"network"`
	Warnings  []extract.Warning `json:"warnings"`
	TimingsMS map[string]int64  `json:"timings_ms"`
	PeakRSS   int64             `json:"peak_rss_bytes"`
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

// Network counts the traffic of registries: bytes of bodies on the wire, and
// blobs mounted from another repository.
type Network struct {
	Requests   int64 `json:"requests"`
	Downloaded int64 `json:"downloaded"`
	Uploaded   int64 `json:"uploaded"`
	Mounted    int64 `json:"mounted"`
}

// PlatformReport tells of one platform.
type PlatformReport struct {
	Platform      string        `json:"platform"`
	Digest        v1.Hash       `json:"digest"`
	Base          BaseReport    `json:"base"`
	Bytes         Bytes         `json:"bytes"`
	Layers        []LayerReport `json:"layers"`
	Distributions []DistReport  `json:"distributions"`
	Packages      []DebReport   `json:"packages"`
	// Groups sum the verdicts as [Plan] does, and Config are the settings that differ
	// from the source's, sorted by field; both are null where nobody looked.
	Groups []Group         `json:"groups"`
	Config []SettingChange `json:"config"`
	Verdicts
	Verify VerifyReport `json:"verify"`
	// Picture is nil unless [Options.Picture] asked for it, and where nothing was
	// slimmed.
	Picture *Picture `json:"-"`
	// Documents are those that the options ask for.
	Documents map[Document][]byte `json:"-"`
}

// Verdicts are what was decided, path by path, and what was not.
type Verdicts struct {
	Kept      []PathReport      `json:"kept"`
	Added     []PathReport      `json:"added"`
	Removed   []PathReport      `json:"removed"`
	Undecided []UndecidedReport `json:"undecided"`
}

// BaseReport tells of the base and why it was chosen.
type BaseReport struct {
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

// Unpacked is the size of the uncompressed layers. Before is an estimate where
// layers of the source were not read, and null where they tell nothing.
type Unpacked struct {
	Before    *int64 `json:"before"`
	After     int64  `json:"after"`
	Estimated bool   `json:"estimated"`
}

// LayerReport tells of one of the result's layers.
type LayerReport struct {
	Digest v1.Hash `json:"digest"`
	Size   int64   `json:"size"`
	From   string  `json:"from"` // "base", "reused" of the source, or the part: "dependencies"
	Title  string  `json:"title"`
}

// DistReport tells of an installed distribution that is kept.
type DistReport struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Files   int    `json:"files"`
	Size    int64  `json:"size"`
}

// DebReport tells of a Debian package of the image that the result gains, and
// why it comes along. It comes whole.
type DebReport struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Reason  string `json:"reason"`
	From    string `json:"from,omitempty"` // the path that is the evidence
	Files   int    `json:"files"`
	Size    int64  `json:"size"`
	// Known says whether the result's dpkg knows it as installed; if not, Unmet
	// says why, and status.d tells of it.
	Known bool   `json:"known"`
	Unmet string `json:"unmet,omitempty"`
}

// PathReport is a path with its verdict's reason. A cold layer, which was not
// read, has an ID in place of a path.
type PathReport struct {
	Path   string `json:"path,omitempty"`
	ID     string `json:"id,omitempty"`
	Size   int64  `json:"size"`
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	From   string `json:"from,omitempty"`
	Part   string `json:"part,omitempty"`
}

// UndecidedReport is what evidence cannot decide, with the flags that settle it:
// --keep with Keep, or --accept with ID.
type UndecidedReport struct {
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

// VerifyReport tells what was checked before the push.
type VerifyReport struct {
	Status string   `json:"status"` // "pass", "fail" or "skipped"
	Checks []string `json:"checks"`
	Notes  int      `json:"notes"` // findings that fail nothing
}

func newReport(src *source) *Report {
	return &Report{
		Schema: Schema, Source: Named{src.Ref.String(), src.Digest},
		Pushed: []string{}, Attached: []Attached{}, Run: newRunReport(), Platforms: []PlatformReport{},
	}
}

func newRunReport() Run {
	return Run{Warnings: []extract.Warning{}, TimingsMS: map[string]int64{}}
}

func (rep *Run) warn(code, format string, args ...any) {
	rep.Warnings = append(rep.Warnings, extract.Warning{Code: code, Message: fmt.Sprintf(format, args...)})
}

// timed measures a phase.
func (rep *Run) timed(phase string) func() {
	start := time.Now()
	return func() { rep.TimingsMS[phase] += time.Since(start).Milliseconds() }
}

// finish orders the warnings and sums what the run cost.
func (rep *Run) finish(c *reference.Counter) {
	rep.Warnings = sortWarnings(rep.Warnings)
	rep.Network = Network{c.Requests.Load(), c.Downloaded.Load(), c.Uploaded.Load(), c.Mounted.Load()}
	rep.PeakRSS = peakRSS()
}

// platformReport tells of one platform's result.
func platformReport(a *analysis, slim *slimImage, added []addition, unpacked Unpacked) PlatformReport {
	digest, _ := slim.Digest() // of bytes in memory: it cannot fail
	p := PlatformReport{
		Platform: a.fat.platformName(), Digest: digest,
		Base:          a.base.report(),
		Bytes:         Bytes{Compressed: Change{a.fat.compressed(), slim.size()}, Unpacked: unpacked},
		Distributions: a.distributions(),
		Packages:      a.packages(),
		Groups:        a.groups(a.entries(), true),
		Verdicts:      a.verdicts(),
		Verify:        VerifyReport{Status: "pass", Checks: append([]string{"assembled tree equals the plan"}, verify.Names()...)},
	}
	for i, bl := range a.base.layers {
		p.Layers = append(p.Layers, LayerReport{bl.desc.Digest, bl.desc.Size, "base", stepText(a.base.config, i)})
	}
	for _, l := range added {
		p.Layers = append(p.Layers, LayerReport{l.desc.Digest, l.desc.Size, l.from, l.title})
	}
	return p
}

// stepText is the instruction that made a layer, "" where history does not tell.
func stepText(config *v1.ConfigFile, layer int) string {
	_, text, _ := strings.Cut(imageconfig.LayerText(config, layer), ": ")
	return text
}

// unchangedReport tells of a platform that is written as it is. What nobody
// looked for is null.
func unchangedReport(res *result) PlatformReport {
	size := res.fat.compressed()
	return PlatformReport{
		Platform: res.fat.platformName(), Digest: res.fat.digest, Base: res.base,
		Bytes:  Bytes{Compressed: Change{size, size}},
		Layers: []LayerReport{}, Distributions: []DistReport{}, Packages: []DebReport{},
		Verify: VerifyReport{Status: "skipped"},
	}
}

// formerBase is the base that a former run noted in its result.
func formerBase(img *image) BaseReport {
	labels := img.config.Config.Labels
	digest, _ := v1.NewHash(labels[labelBaseDigest]) // a label that somebody changed tells nothing
	return BaseReport{labels[labelBaseName], digest, "noted when the image was slimmed"}
}

// sortWarnings orders warnings and drops those that several platforms share.
func sortWarnings(ws []extract.Warning) []extract.Warning {
	slices.SortFunc(ws, func(a, b extract.Warning) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(ws)
}
