package assemble

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
)

// Marks by which a later run sees that it has nothing to do.
const (
	labelRun = "io.github.slimify.run"
	labelKey = "io.github.slimify.key"
)

// blankKey holds the key's place while the key is computed.
var blankKey = "sha256:" + strings.Repeat("0", 64)

// record is what a result says of the run that made it, besides the source's
// digest and the base's name and digest.
type record struct {
	Version   string   `json:"version"` // of slimify
	Platform  string   `json:"platform,omitempty"`
	Python    string   `json:"python"` // with the suite, what the base was chosen by
	Suite     string   `json:"suite"`
	Undecided []string `json:"undecided"` // IDs
	Verify    string   `json:"verify"`
}

// record notes what a later run must know to find that it has nothing to do. It
// is nil where that could not be told: the boundary was asked of tags, which may
// move. (A suite that was asked of them is the image's own in any case.)
func (r *run) record(a *analysis) *record {
	version := r.version()
	if version == "" || extract.Boundary(a.fat.config) == 0 && extract.SilentHistory(a.fat.config) {
		return nil
	}
	rec := &record{
		Version: version, Platform: a.fat.platformName(), Python: a.in.Python.Version, Suite: a.in.Suite,
		Undecided: []string{}, Verify: report.Passed,
	}
	for _, q := range a.sel.Questions {
		rec.Undecided = append(rec.Undecided, q.ID)
	}
	return rec
}

// marks are the record and the place of the key; none for a nil record.
func (rec *record) marks() (map[string]string, error) {
	if rec == nil {
		return map[string]string{}, nil
	}
	raw, err := marshal(rec)
	return map[string]string{labelRun: string(raw), labelKey: blankKey}, err
}

// parseRecord reads a record from labels or annotations; nil if there is none.
func parseRecord(marks map[string]string) *record {
	var rec record
	if json.Unmarshal([]byte(marks[labelRun]), &rec) != nil || rec.Version == "" {
		return nil
	}
	return &rec
}

// settings are the options that decide of a result's bytes, as the key holds
// them. The base is no part of it: the result names it.
func (o *Options) settings() ([]byte, error) {
	var platforms []string
	for _, p := range o.Platforms {
		platforms = append(platforms, normalPlatform(p).String())
	}
	return json.Marshal(struct {
		Platforms, Keep, Drop, Accept []string
		Minimal                       bool
		ZStd                          bool
	}{
		set(platforms), set(texts(o.Select.Keep)), set(texts(o.Select.Drop)), set(o.Select.Accept), o.Select.Minimal, o.Compression == compression.ZStd,
	})
}

func texts(patterns []extract.Pattern) (out []string) {
	for _, p := range patterns {
		out = append(out, p.String())
	}
	return out
}

// set sorts a copy and drops what it holds twice.
func set(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}

// keyOf is the digest of a manifest, whose key is blank, and of the settings. The
// manifest names all else: source, base, version, config and layers.
func keyOf(settings, manifest []byte) string {
	h, _, _ := v1.SHA256(bytes.NewReader(slices.Concat([]byte("slimify key 1\n"), settings, []byte{'\n'}, manifest))) // of memory: it cannot fail
	return h.String()
}

// swapKey replaces the key in JSON that slimify wrote. There must be one.
func swapKey(raw []byte, from, to string) ([]byte, bool) {
	field := func(v string) []byte { return fmt.Appendf(nil, "%q:%q", labelKey, v) }
	if bytes.Count(raw, field(from)) != 1 {
		return nil, false
	}
	return bytes.Replace(raw, field(from), field(to), 1), true
}

// swap replaces the key of an image or an index: in the annotations of its
// manifest, or in the labels of its config where config is not nil, whose digest
// then changes in the manifest.
func swap(manifest, config []byte, from, to string) (m, c []byte, ok bool) {
	if config == nil {
		m, ok = swapKey(manifest, from, to)
		return m, nil, ok
	}
	if c, ok = swapKey(config, from, to); !ok {
		return nil, nil, false
	}
	was, _, _ := v1.SHA256(bytes.NewReader(config))
	is, _, _ := v1.SHA256(bytes.NewReader(c))
	if bytes.Count(manifest, []byte(was.String())) != 1 {
		return nil, nil, false
	}
	return bytes.Replace(manifest, []byte(was.String()), []byte(is.String()), 1), c, true
}

// seal puts the key in its place. An image without one stays as it is.
func (i *slimImage) seal(settings []byte) {
	config := i.keyConfig()
	if m, c, ok := swap(i.manifest, config, blankKey, keyOf(settings, i.manifest)); ok {
		i.manifest = m
		if c != nil {
			i.config = c
		}
	}
}

// keyConfig is the config if the key lies there: Docker's manifests have no
// annotations.
func (i *slimImage) keyConfig() []byte {
	if i.mediaType == dockerFamily.manifest {
		return i.config
	}
	return nil
}

// sealed reports whether what slimify wrote is as it was written, by a run with
// the same settings. config is nil if the manifest holds the key.
func sealed(manifest, config, settings []byte, key string) bool {
	blank, _, ok := swap(manifest, config, key, blankKey)
	return ok && key == keyOf(settings, blank)
}
