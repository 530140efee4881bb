package picture

import (
	"cmp"
	"slices"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/outline"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/explain"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// sharedDistributions are the distributions among the shares of an image.
func sharedDistributions(shares []report.Share) []selection.Distribution {
	type id struct{ ecosystem, name, version string }
	all := make(map[id]*selection.Distribution)
	for _, s := range shares {
		if s.Kind != report.KindDistribution {
			continue
		}
		at := id{s.Ecosystem, s.Name, s.Version}
		d := all[at]
		if d == nil {
			d = &selection.Distribution{Ecosystem: s.Ecosystem, Name: s.Name, Key: extract.PackageKey(s.Name), Version: s.Version}
			all[at] = d
		}
		d.Files += s.Files
		d.Bytes += s.Bytes
	}
	var out []selection.Distribution
	for _, d := range all {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b selection.Distribution) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Ecosystem, b.Ecosystem))
	})
	return out
}

// sharedPackages are an image's Debian packages by name: those in dpkg's database, with
// their files.
func sharedPackages(shares []report.Share, versions map[string]string) map[string]*report.PackageVersion {
	out := make(map[string]*report.PackageVersion, len(versions))
	for name, version := range versions {
		out[name] = &report.PackageVersion{Version: version}
	}
	for _, s := range shares {
		if s.Kind != report.KindDebian {
			continue
		}
		if out[s.Name] == nil {
			out[s.Name] = &report.PackageVersion{}
		}
		out[s.Name].Files += s.Files
		out[s.Name].Size += s.Bytes
	}
	return out
}

// additions lists what the result has from no layer of the user's, and why: packages,
// single files of the original base image, and files that slimify made.
func additions(a *analyze.Analysis, single []*selection.Item) []report.Addition {
	chains := explain.NewChains(a.State())
	var out []report.Addition
	for _, p := range a.Sel.Packages {
		out = append(out, report.Addition{
			Kind: report.KindDebian, Name: p.Name, Version: p.Version, Files: p.Files, Bytes: p.Bytes, Chain: outline.Chain(chains.Of(p.Why, nil)),
		})
	}
	for _, it := range single {
		out = append(out, report.Addition{
			Kind: report.KindFile, Name: image.Absolute(it.Path), Files: 1, Bytes: it.Size, Chain: outline.Chain(chains.Of(it.Reason, it)),
		})
	}
	for _, g := range a.Sel.Generated {
		if g.Entry.Kind == layers.File && g.Reason.Rule != selection.Attribution {
			out = append(out, report.Addition{
				Kind: report.KindGenerated, Name: image.Absolute(g.Entry.Name), Files: 1, Bytes: g.Entry.Size, Chain: outline.Chain(chains.Of(g.Reason, nil)),
			})
		}
	}
	slices.SortFunc(out, func(a, b report.Addition) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name))
	})
	return out
}
