package assemble

import (
	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// commandLine makes the same result again: it has the options that the result's bytes
// depend on, with the source and the base by digest. It holds no credentials: no option
// takes any.
func commandLine(rep *report.Report, src, dst reference.Ref, opts *RefOptions) []string {
	out := []string{"slimify"}
	flag := func(name string, values ...string) {
		for _, v := range values {
			out = append(out, "--"+name, v)
		}
	}
	flag("base", pinnedBase(rep, opts.Base.String())...)
	if !opts.FatBase.IsZero() {
		flag("fat-base", opts.FatBase.String())
	}
	for _, p := range opts.Platforms {
		flag("platform", p.String())
	}
	flag("keep", analyze.Texts(opts.Select.Keep)...)
	flag("drop", analyze.Texts(opts.Select.Drop)...)
	flag("accept", opts.Select.Accept...)
	if opts.Select.Minimal {
		out = append(out, "--minimal")
	}
	if opts.Compression == compression.ZStd {
		flag("compression", "zstd")
	}
	if opts.CopyIfLarger {
		flag("if-larger", "copy")
	}
	return append(out, pinned(src, rep.Source.Digest), dst.String())
}

// pinned names an image of a registry by its digest, and a file as it was given.
func pinned(src reference.Ref, digest v1.Hash) string {
	if src.Transport() != reference.Registry {
		return src.String()
	}
	return src.Pinned(digest)
}

// pinnedBase names the base that all platforms stand on, in a registry by tag and
// digest; if they stand on several, the repository that they were chosen from. An
// image that stays as it is stands on no base that was chosen here.
func pinnedBase(rep *report.Report, given string) []string {
	for i, p := range rep.Platforms {
		if i > 0 && p.Base != rep.Platforms[0].Base {
			return []string{given}
		}
	}
	if len(rep.Platforms) == 0 || rep.Unchanged && !rep.UpToDate {
		if given != analyze.DefaultBase() {
			return []string{given}
		}
		return nil
	}
	base := rep.Platforms[0].Base
	ref, err := reference.Parse(base.Ref)
	if err != nil || ref.Transport() != reference.Registry || ref.Digest() != "" {
		return []string{base.Ref}
	}
	return []string{base.Ref + "@" + base.Digest.String()}
}
