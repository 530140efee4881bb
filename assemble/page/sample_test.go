package page

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/report"
)

// hostile are names that would do harm in a document that does not escape them.
var hostile = []string{
	`<script>alert(1)</script>`, `</title><script>alert(2)</script>`, `"><img src=x onerror=alert(3)>`, `](http://evil.example/x)`, `![x](http://evil.example/y.png)`,
	"a|b", "`x` `` y", "line\nbreak\r\n\r\n# heading", "{{.Command}}", "\x1b[31mred\x1b]0;title\x07", "\u202egnp.exe", "@everyone", "#1", "www.evil.example",
	"http://evil.example/", "&lt;b&gt;", "${7*7}", "*/alert(4)/*", "--><script>alert(5)</script>", "<!-- x", "</style></script>", ":+1:", "\xff\xfe", "~~gone~~",
	"<details open ontoggle=alert(6)>", "javascript:alert(7)", "' onload='alert(8)", "\\|", "a\tb", strings.Repeat("long", 400),
}

// costly is a name of which escaping makes five times as many bytes.
var costly = strings.Repeat(`<&"|`, 100)

func hash(n int) v1.Hash { return v1.Hash{Algorithm: "sha256", Hex: fmt.Sprintf("%064x", n)} }

// bad returns n hostile texts, no two of them equal.
func bad(n int, names ...string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = names[i%len(names)] + " " + strconv.Itoa(i)
	}
	return out
}

// full is a report whose lists all have n items with the given names, or else with
// hostile ones.
func full(n int, names ...string) *report.Report {
	if len(names) == 0 {
		names = hostile
	}
	bad := bad(n+4, names...)
	rep := &report.Report{
		Source: report.Named{Ref: "registry.example.com/app:1.0", Digest: hash(1)},
		Result: report.Named{Ref: "registry.example.com/app@" + hash(2).String(), Digest: hash(2)},
		Pushed: []string{"registry.example.com/app:1.0-slim"},
		Command: []string{
			"slimify", "--base", "docker.io/library/python:3.9-slim@" + hash(3).String(), "--keep", "/opt/it's here/**", "registry.example.com/app@" + hash(1).String(), "app:slim",
		},
	}
	before := int64(1_044_000_000)
	p := report.Platform{
		Platform: "linux/amd64", Digest: hash(2),
		Base:   report.Base{Ref: "docker.io/library/python:3.9.2-slim-bullseye", Digest: hash(3), Why: "Python 3.9.2 on bullseye"},
		Bytes:  report.Bytes{Compressed: report.Change{Before: 399_000_000, After: 53_900_000}, Unpacked: report.Unpacked{Before: &before, After: 215_000_000}},
		Verify: report.Checked{Status: "pass", Checks: []string{"elf", "imports"}},
	}
	pic := &report.Picture{}
	for i := range n {
		rep.Warnings = append(rep.Warnings, report.Warning{Code: "x", Message: bad[i]})
		p.Undecided = append(p.Undecided, report.Undecided{
			ID: bad[i], Reason: bad[i+1], Keep: bad[i+2], Mentions: []report.Mention{{Path: bad[i+3], Line: 7}},
		})
		size := int64(n-i) * 1000
		share := report.Share{
			Origin: origins[i%len(origins)].of, Group: bad[i%50], Why: bad[i], Kind: "Debian package", Name: bad[i], Version: bad[i+1], Files: 20, Bytes: size,
			Largest: []report.Sized{{Name: "/" + bad[i], Size: size / 2}, {Name: "/" + bad[i+1], Size: size / 4}},
		}
		pic.Fat = append(pic.Fat, share)
		if share.Origin != report.LeftBehind {
			pic.Slim = append(pic.Slim, share)
		}
		pic.FatLayers = append(pic.FatLayers, report.Layer{Digest: hash(i), Size: size, From: "original base", Title: bad[i]})
		p.Layers = append(p.Layers, report.Layer{Digest: hash(i), Size: size, From: "base", Title: bad[i]})
		p.Groups = append(p.Groups, report.Group{
			Verdict: []string{"keep", "in the base", "drop", "remove"}[i%4], Title: bad[i], Files: 20, Size: size, Names: 9, FromOriginalBase: i % 2,
			Largest: []report.Sized{{Name: bad[i], Size: size / 2}, {Name: bad[i+1], Size: size / 4}},
		})
		p.Distributions = append(p.Distributions, report.Distribution{Ecosystem: "python", Name: bad[i], Version: bad[i+1], Files: 1, Size: size})
		p.Packages = append(p.Packages, report.Package{
			Name: bad[i], Version: bad[i+1], Reason: bad[i+2], From: bad[i], Files: 2, Size: size, Known: i%2 == 0, Unmet: bad[i+3],
		})
		p.Kept = append(p.Kept, report.Path{Path: bad[i], Size: size, Rule: "record", Reason: bad[i+1], From: bad[i+2]})
		p.Added = append(p.Added, report.Path{Path: bad[i+1], Size: size, Rule: "needed", Reason: bad[i], From: bad[i+3]})
		pic.Additions = append(pic.Additions, report.Addition{
			Kind: "Debian package", Name: bad[i], Version: bad[i+1], Files: 2, Bytes: size, Chain: []report.Link{{Reason: bad[i], From: bad[i+1]}, {Reason: bad[i+2]}},
		})
		v := &report.PackageVersion{Version: bad[i], Files: 1, Size: size}
		pic.Distributions = append(pic.Distributions, report.PackageChange{Ecosystem: "python", Name: bad[i], Before: v, After: v})
		pic.Debian = append(pic.Debian, report.PackageChange{Name: bad[i], Before: v})
		pic.Removals = append(pic.Removals, report.Path{Path: bad[i], Reason: bad[i+1]})
		p.Config = append(p.Config, report.SettingChange{Field: bad[i], Before: []byte(bad[i+1]), After: []byte(bad[i+2])})
	}
	p.Picture = pic
	rep.Platforms = append(rep.Platforms, p)
	return rep
}

// long is a report with lists of 100,000 items, for tests that only read it.
var long = sync.OnceValue(func() *report.Report { return full(100_000) })
