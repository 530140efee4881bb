package assemble

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract"
)

// Schema names the JSON form of a [Report]. It only ever gains fields.
const Schema = "slimify/v1"

// Report tells what a run did. Sizes are in bytes. The JSON Schema is in
// docs/report.schema.json.
type Report struct {
	Schema    string            `json:"schema"`
	Source    Named             `json:"source"`
	Result    Named             `json:"result"`
	Unchanged bool              `json:"unchanged"`
	Pushed    []string          `json:"pushed"` // destinations written, as repository@digest
	Network   Network           `json:"network"`
	Warnings  []extract.Warning `json:"warnings"`
	TimingsMS map[string]int64  `json:"timings_ms"`
	PeakRSS   int64             `json:"peak_rss_bytes"`
	Platforms []PlatformReport  `json:"platforms"`
}

// Named is an image with its digest.
type Named struct {
	Ref    string  `json:"ref"`
	Digest v1.Hash `json:"digest"`
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
	Kept          []PathReport  `json:"kept"`
	Added         []PathReport  `json:"added"`
	Removed       []PathReport  `json:"removed"`
	Undecided     []PathReport  `json:"undecided"`
	Verify        VerifyReport  `json:"verify"`
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
	From   string  `json:"from"` // "base", or the part: "dependencies"
	Title  string  `json:"title"`
}

// DistReport tells of an installed distribution that is kept.
type DistReport struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Files   int    `json:"files"`
	Size    int64  `json:"size"`
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

// VerifyReport tells what was checked before the push.
type VerifyReport struct {
	Status string   `json:"status"` // "pass", "fail" or "skipped"
	Checks []string `json:"checks"`
}

func newReport(src *source) *Report {
	return &Report{
		Schema: Schema, Source: Named{src.Ref.String(), src.Digest},
		Pushed: []string{}, Warnings: []extract.Warning{}, TimingsMS: map[string]int64{}, Platforms: []PlatformReport{},
	}
}

func (rep *Report) warn(code, format string, args ...any) {
	rep.Warnings = append(rep.Warnings, extract.Warning{Code: code, Message: fmt.Sprintf(format, args...)})
}

// timed measures a phase.
func (rep *Report) timed(phase string) func() {
	start := time.Now()
	return func() { rep.TimingsMS[phase] += time.Since(start).Milliseconds() }
}

func (rep *Report) count(c *reference.Counter) {
	rep.Network = Network{c.Requests.Load(), c.Downloaded.Load(), c.Uploaded.Load(), c.Mounted.Load()}
	rep.PeakRSS = peakRSS()
}

// platformReport tells of one platform's result.
func platformReport(fat *image, boundary int, b *base, slim *slimImage, added []*spooledLayer, plan *extract.Plan, sel *extract.Selection, unpacked Unpacked) PlatformReport {
	digest, _ := slim.Digest() // of bytes in memory: it cannot fail
	p := PlatformReport{
		Platform: fat.platform().String(), Digest: digest,
		Base:          b.report(),
		Bytes:         Bytes{Compressed: Change{fat.compressed(), slim.size()}, Unpacked: unpacked},
		Distributions: []DistReport{},
		Verify:        VerifyReport{Status: "pass", Checks: []string{"assembled tree equals the plan"}},
	}
	for _, bl := range b.layers {
		p.Layers = append(p.Layers, LayerReport{bl.desc.Digest, bl.desc.Size, "base", ""})
	}
	for i, l := range added {
		p.Layers = append(p.Layers, LayerReport{l.digest, l.size, plan.Layers[i].Part.String(), plan.Layers[i].Title})
	}
	for _, d := range sel.Distributions {
		p.Distributions = append(p.Distributions, DistReport{d.Name, d.Version, d.Files, d.Bytes})
	}
	p.verdicts(fat, boundary, sel)
	return p
}

// unchangedReport tells of a platform that is written as it is. What nobody
// looked for is null.
func unchangedReport(res *result) PlatformReport {
	size := res.fat.compressed()
	return PlatformReport{
		Platform: res.fat.platform().String(), Digest: res.fat.digest, Base: res.base,
		Bytes:  Bytes{Compressed: Change{size, size}},
		Layers: []LayerReport{}, Distributions: []DistReport{},
		Verify: VerifyReport{Status: "skipped"},
	}
}

// formerBase is the base that a former run noted in its result.
func formerBase(img *image) BaseReport {
	labels := img.config.Config.Labels
	digest, _ := v1.NewHash(labels[labelBaseDigest]) // a label that somebody changed tells nothing
	return BaseReport{labels[labelBaseName], digest, "noted when the image was slimmed"}
}

// verdicts fills the lists of paths.
func (p *PlatformReport) verdicts(img *image, boundary int, sel *extract.Selection) {
	p.Kept, p.Added, p.Removed, p.Undecided = []PathReport{}, []PathReport{}, []PathReport{}, []PathReport{}
	for _, it := range sel.Items {
		line := PathReport{
			Path: "/" + it.Path, Size: it.Size, Rule: it.Reason.Rule, Reason: it.Reason.Text, From: absolute(it.Reason.From),
		}
		switch {
		case it.Verdict == extract.Dropped:
			p.Removed = append(p.Removed, line)
		case it.Verdict == extract.InBase:
			line.Reason += "; the base has it"
			p.Kept = append(p.Kept, line)
		case it.Pos.Layer < boundary:
			line.Part = it.Part.String()
			p.Added = append(p.Added, line)
		default:
			line.Part = it.Part.String()
			p.Kept = append(p.Kept, line)
		}
	}
	for _, gone := range sel.Removals {
		p.Removed = append(p.Removed, PathReport{
			Path: "/" + gone.Path, Rule: gone.Reason.Rule, Reason: gone.Reason.Text, From: absolute(gone.Reason.From),
		})
	}
	for _, b := range img.layers[:boundary] {
		p.Removed = append(p.Removed, PathReport{
			ID: b.desc.Digest.String(), Size: b.desc.Size, Rule: "base", Reason: "a layer of FAT's own base, replaced by the slim base",
		})
	}
}

func absolute(name string) string {
	if name == "" {
		return ""
	}
	return path.Join("/", name)
}

// sortWarnings orders warnings and drops those that several platforms share.
func sortWarnings(ws []extract.Warning) []extract.Warning {
	slices.SortFunc(ws, func(a, b extract.Warning) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(ws)
}
