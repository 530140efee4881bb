package assemble

import (
	"cmp"
	"slices"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/layers"
)

// sharedDistributions are the distributions that have a share of an image.
func sharedDistributions(shares []Share) []extract.Distribution {
	type id struct{ name, version string }
	all := make(map[id]*extract.Distribution)
	for _, s := range shares {
		if s.Kind != kindDistribution {
			continue
		}
		d := all[id{s.Name, s.Version}]
		if d == nil {
			d = &extract.Distribution{Name: s.Name, Version: s.Version}
			all[id{s.Name, s.Version}] = d
		}
		d.Files += s.Files
		d.Bytes += s.Bytes
	}
	var out []extract.Distribution
	for _, d := range all {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b extract.Distribution) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
	})
	return out
}

// sharedPackages are an image's Debian packages by name: those that dpkg knows,
// with the files that are theirs.
func sharedPackages(shares []Share, versions map[string]string) map[string]*DistVersion {
	out := make(map[string]*DistVersion, len(versions))
	for name, version := range versions {
		out[name] = &DistVersion{Version: version}
	}
	for _, s := range shares {
		if s.Kind != kindDebian {
			continue
		}
		if out[s.Name] == nil {
			out[s.Name] = &DistVersion{}
		}
		out[s.Name].Files += s.Files
		out[s.Name].Size += s.Bytes
	}
	return out
}

// debianChanges compares two images' packages, sorted by name.
func debianChanges(before, after map[string]*DistVersion) []DistChange {
	out := []DistChange{}
	for _, name := range unionKeys(before, after) {
		out = append(out, DistChange{name, before[name], after[name]})
	}
	return out
}

// additions tells what no layer of the user's holds, and why it is there: packages,
// single files of FAT's own base, and files that were made here.
func (a *analysis) additions(single []*extract.Item) []Addition {
	chains := extract.NewChains(a.in, &a.base.Base, a.sel)
	var out []Addition
	for _, p := range a.sel.Packages {
		out = append(out, Addition{kindDebian, p.Name, p.Version, p.Files, p.Bytes, links(chains.Of(p.Why, nil))})
	}
	for _, it := range single {
		out = append(out, Addition{kindFile, absolute(it.Path), "", 1, it.Size, links(chains.Of(it.Reason, it))})
	}
	for _, g := range a.sel.Generated {
		if g.Entry.Kind == layers.File && g.Reason.Rule.Name != "attribution" {
			out = append(out, Addition{kindMade, absolute(g.Entry.Name), "", 1, g.Entry.Size, links(chains.Of(g.Reason, nil))})
		}
	}
	slices.SortFunc(out, func(a, b Addition) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name))
	})
	return out
}
