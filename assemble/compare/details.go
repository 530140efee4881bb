package compare

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/internal/rawjson"
	"github.com/slimify/slimify/layers"
)

// maxStep is the longest text of a step in bytes: some are whole scripts.
const maxStep = 200

// layerDetails describes an image's layers, which were read; other is the image to compare
// with.
func layerDetails(img, other *image.Image) []report.LayerDetail {
	out := make([]report.LayerDetail, len(img.Layers))
	for i, b := range img.Layers {
		out[i] = report.LayerDetail{Digest: b.Descriptor.Digest, Size: b.Descriptor.Size, Unpacked: b.Table.Bytes}
		out[i].Shared = slices.ContainsFunc(other.Layers, func(o *image.Layer) bool { return o.Descriptor.Digest == b.Descriptor.Digest })
		for _, e := range b.Table.Entries {
			if e.Kind == layers.File || e.Kind == layers.Hardlink {
				out[i].Files++
			}
		}
	}
	for _, s := range imageconfig.Steps(img.Config) {
		if s.Layer < 0 {
			continue
		}
		text := strings.Join(strings.Fields(s.Text), " ")
		if len(text) > maxStep {
			text = strings.ToValidUTF8(text[:maxStep], "") + "…"
		}
		out[s.Layer].CreatedBy = text
	}
	return out
}

func countFiles(t *layers.Tree) (n int64) {
	t.Root().Walk(func(node *layers.Node) bool {
		if node.Kind == layers.File {
			n++
		}
		return true
	})
	return n
}

// Distributions pairs the installations of each name: first those of one version, then the
// rest in the order of their paths.
func Distributions(before, after []selection.Distribution) []report.PackageChange {
	bs, as := distVersions(before), distVersions(after)
	out := []report.PackageChange{}
	for _, of := range slices.SortedFunc(maps.Keys(union(bs, as)), installed.compare) {
		var rest []*report.PackageVersion
		for _, b := range bs[of] {
			i := slices.IndexFunc(as[of], func(a *report.PackageVersion) bool { return a.Version == b.Version })
			if i < 0 {
				rest = append(rest, b)
				continue
			}
			out = append(out, report.PackageChange{Ecosystem: of.ecosystem, Name: of.name, Before: b, After: as[of][i]})
			as[of] = slices.Delete(as[of], i, i+1)
		}
		for i := range max(len(rest), len(as[of])) {
			c := report.PackageChange{Ecosystem: of.ecosystem, Name: of.name}
			if i < len(rest) {
				c.Before = rest[i]
			}
			if i < len(as[of]) {
				c.After = as[of][i]
			}
			out = append(out, c)
		}
	}
	return out
}

// installed names a distribution, whatever its version.
type installed struct{ name, ecosystem string }

func (a installed) compare(b installed) int {
	return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.ecosystem, b.ecosystem))
}

func distVersions(list []selection.Distribution) map[installed][]*report.PackageVersion {
	out := make(map[installed][]*report.PackageVersion)
	for _, d := range list {
		of := installed{d.Key, d.Ecosystem}
		out[of] = append(out[of], &report.PackageVersion{Version: d.Version, Files: d.Files, Size: d.Bytes})
	}
	return out
}

func packageChanges(before, after map[string]string) report.DebianChanges {
	c := report.DebianChanges{Before: len(before), After: len(after), Added: []string{}, Removed: []string{}}
	for _, name := range unionKeys(before, after) {
		_, had := before[name]
		_, has := after[name]
		switch {
		case !had:
			c.Added = append(c.Added, name)
		case !has:
			c.Removed = append(c.Removed, name)
		}
	}
	return c
}

// unionKeys returns the keys of both maps, sorted.
func unionKeys[V any](a, b map[string]V) []string {
	return slices.Sorted(maps.Keys(union(a, b)))
}

func union[K comparable, V any](a, b map[K]V) map[K]V {
	all := make(map[K]V, len(a))
	maps.Copy(all, a)
	maps.Copy(all, b)
	return all
}

// Settings compares the configurations as raw JSON, so that keys which Go's types do not
// know count, too (StartInterval, StopTimeout).
func Settings(before, after *image.Image) ([]report.SettingChange, error) {
	b, err := settings(before)
	if err != nil {
		return nil, err
	}
	a, err := settings(after)
	if err != nil {
		return nil, err
	}
	out := []report.SettingChange{}
	for _, field := range unionKeys(b, a) {
		if !bytes.Equal(b[field], a[field]) {
			out = append(out, report.SettingChange{Field: field, Before: b[field], After: a[field]})
		}
	}
	return out, nil
}

// settings flattens a configuration to the canonical JSON of its fields. Fields that are
// null or empty are left out, as some builders do.
func settings(img *image.Image) (map[string]json.RawMessage, error) {
	p := img.Platform()
	fields := map[string]any{"architecture": p.Architecture, "os": p.OS, "variant": p.Variant}
	var raw struct {
		Config map[string]any `json:"config"`
	}
	dec := json.NewDecoder(bytes.NewReader(img.RawConfig))
	dec.UseNumber()
	if err := dec.Decode(&raw); err != nil {
		return nil, &image.CorruptError{Object: fmt.Sprintf("config of %s", img.Ref), Err: err}
	}
	maps.Copy(fields, raw.Config)
	delete(fields, "Env")
	delete(fields, "Labels")
	maps.DeleteFunc(fields, func(_ string, v any) bool { return isUnset(v) })
	for _, kv := range img.Config.Config.Env {
		key, value, _ := strings.Cut(kv, "=")
		fields["Env."+key] = value // empty is not unset
	}
	for key, value := range img.Config.Config.Labels {
		fields["Labels."+key] = value
	}
	out := make(map[string]json.RawMessage, len(fields))
	for field, v := range fields {
		text, err := rawjson.Marshal(v)
		if err != nil {
			return nil, err
		}
		out[field] = text
	}
	return out, nil
}

// isUnset reports whether builders write a value for a field that is not set. A zero number
// is a value: a StopTimeout of 0 kills at once.
func isUnset(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// Packages compares two images' packages, sorted by name.
func Packages(before, after map[string]*report.PackageVersion) []report.PackageChange {
	out := []report.PackageChange{}
	for _, name := range unionKeys(before, after) {
		out = append(out, report.PackageChange{Name: name, Before: before[name], After: after[name]})
	}
	return out
}
