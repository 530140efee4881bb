package assemble

import (
	"strings"

	"github.com/google/go-containerregistry/pkg/compression"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// recipe is the command line that makes the same result again: the options that
// decide of its bytes, with the source and the base by digest. It holds no
// credentials: they are no option.
func (r *run) recipe(src *source, dst reference.Ref, platforms []report.Platform) []string {
	out := []string{"slimify"}
	flag := func(name string, values ...string) {
		for _, v := range values {
			out = append(out, "--"+name, v)
		}
	}
	flag("base", r.pinnedBase(platforms)...)
	if !r.opts.FatBase.IsZero() {
		flag("fat-base", r.opts.FatBase.String())
	}
	for _, p := range r.opts.Platforms {
		flag("platform", p.String())
	}
	flag("keep", texts(r.opts.Select.Keep)...)
	flag("drop", texts(r.opts.Select.Drop)...)
	flag("accept", r.opts.Select.Accept...)
	if r.opts.Select.Minimal {
		out = append(out, "--minimal")
	}
	if r.opts.Compression == compression.ZStd {
		flag("compression", "zstd")
	}
	if r.opts.CopyIfLarger {
		flag("if-larger", "copy")
	}
	return append(out, pinned(src), dst.String())
}

// pinned names a source by its digest; a file as it was given.
func pinned(src *source) string {
	if src.Ref.Transport() != reference.Registry {
		return src.Ref.String()
	}
	return src.Ref.Pinned(src.Digest)
}

// pinnedBase names the base that all platforms stand on, in a registry by tag and
// digest; where they stand on several, the repository that they were chosen from.
func (r *run) pinnedBase(platforms []report.Platform) []string {
	for i, p := range platforms {
		if i > 0 && p.Base != platforms[0].Base {
			return []string{r.opts.Base.String()}
		}
	}
	if len(platforms) == 0 {
		if given := r.opts.Base.String(); given != DefaultBase {
			return []string{given}
		}
		return nil
	}
	base := platforms[0].Base
	ref, err := reference.Parse(base.Ref)
	if err != nil || ref.Transport() != reference.Registry || ref.Digest() != "" {
		return []string{base.Ref}
	}
	return []string{base.Ref + "@" + base.Digest.String()}
}

// nameOfBase is how a result names its base: by its tag where one was given, whether
// or not a digest pins it. So both ways give one result.
func nameOfBase(ref reference.Ref) string {
	name, _, pinned := strings.Cut(ref.String(), "@")
	if pinned && ref.Transport() == reference.Registry && strings.LastIndexByte(name, ':') > strings.LastIndexByte(name, '/') {
		return name
	}
	return ref.String()
}
